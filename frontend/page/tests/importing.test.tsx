import { act, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { StrictMode } from "react";
import {
  connection,
  FETCHED as FETCHED_AT,
  outcome,
  pending,
  portfolio,
  problemResponse,
} from "./support/factories.ts";
import { findToast, openLoaded } from "./support/page.tsx";
import { stubRoute, stubSignedInUser } from "./support/server.ts";

const EMPTY = portfolio({ holdings: [], totals: {}, accounts: [], total: 0, fetched: null });
const NEW = connection({ last_fetched_at: null, pending: true, institution: "Fidelity" });
const FETCHED = connection({ institution: "Fidelity" });
const REFRESHED = portfolio({ providers: { plaid: outcome({ status: "fresh", changed: true }) } });
const notReady = () => problemResponse(503, "provider-not-ready");

/** Stub a user with a connection without holdings. It has them once a refresh succeeded. */
function stubNewConnection(...responses: [() => Response, ...(() => Response)[]]) {
  const state = { isFetched: false, connection: NEW };
  stubSignedInUser({ held: EMPTY });
  stubRoute("get", "/pending-updates", () => HttpResponse.json(pending(!state.isFetched)));
  stubRoute("get", "/connections", () =>
    HttpResponse.json({ connections: [state.isFetched ? FETCHED : state.connection] }),
  );
  const withEffect = responses.map((respond) => () => {
    const response = respond();
    if (response.ok) state.isFetched = true;
    return response;
  });
  const refreshes = stubRoute("post", "/holdings/refresh", ...(withEffect as [() => Response]));
  return { state, refreshes };
}

const seconds = (count: number) => act(() => vi.advanceTimersByTimeAsync(count * 1000));
const useFakeTimers = () => vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setTimeout", "clearTimeout"] });

afterEach(() => {
  vi.useRealTimers();
  history.replaceState(null, "", "/");
});

test("a connection that was never fetched is imported at once, without banner or click", async () => {
  let respond: (response: Response) => void = () => undefined;
  const response = new Promise<Response>((resolve) => {
    respond = resolve;
  });
  const { refreshes, state } = stubNewConnection((() => response) as never);
  await openLoaded();
  expect(await screen.findByRole("heading", { name: "Importing your accounts…" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Refresh Now" })).not.toBeInTheDocument();
  expect(screen.getByRole("listitem")).toHaveTextContent(/^FidelityImporting…Disconnect$/);
  state.isFetched = true;
  respond(HttpResponse.json(REFRESHED));
  expect(await findToast("Fidelity is connected")).toBeVisible();
  expect(screen.getByRole("table", { name: "Holdings" })).toBeVisible();
  expect(screen.queryByRole("heading", { name: "Importing your accounts…" })).not.toBeInTheDocument();
  expect(await refreshes[0]?.json()).toEqual({ providers: ["plaid"] });
  expect(refreshes).toHaveLength(1);
});

test("a broker that is not ready is tried after 5, 10, 20 and 40 s, and then with each of its updates", async () => {
  useFakeTimers();
  const { refreshes, state } = stubNewConnection(notReady, notReady, notReady, notReady, notReady, notReady, () =>
    HttpResponse.json(REFRESHED),
  );
  await openLoaded();
  expect(await screen.findByRole("heading", { name: "Your broker is preparing your data" })).toBeVisible();
  expect(screen.getByRole("listitem")).toHaveTextContent("Being prepared by your broker…");
  const waits = [];
  while (refreshes.length < 5) {
    const before = refreshes.length;
    let waited = 0;
    for (; refreshes.length === before; waited++) await seconds(1);
    waits.push(waited);
  }
  expect(waits.map((waited) => Math.round(waited / 5) * 5)).toEqual([5, 10, 20, 40]);
  await seconds(120);
  expect(refreshes).toHaveLength(5);
  expect(screen.getByRole("heading", { name: "Your broker is preparing your data" })).toBeVisible();

  for (const [index, at] of ["2026-02-19T15:00:00Z", "2026-02-19T16:00:00Z"].entries()) {
    state.connection = { ...NEW, last_update_at: at };
    await invalidateConnections();
    await waitFor(() => expect(refreshes).toHaveLength(6 + index));
    await seconds(0.5);
  }
  expect(await findToast("Fidelity is connected")).toBeVisible();
  expect(refreshes).toHaveLength(7);
});

/** As another tab's message does. */
async function invalidateConnections() {
  const channel = new BroadcastChannel("tidings ");
  channel.postMessage("changed");
  await act(() => new Promise((resolve) => setTimeout(resolve, 50)));
  channel.close();
}

test("a failed import says why, and is tried again by a click", async () => {
  const { refreshes } = stubNewConnection(
    () => problemResponse(502, "provider-outage"),
    () => HttpResponse.json(REFRESHED),
  );
  await openLoaded();
  expect(await screen.findByRole("heading", { name: "Your accounts could not be imported" })).toBeVisible();
  expect(screen.getByText(/your broker does not respond properly/)).toBeVisible();
  expect(refreshes).toHaveLength(1);
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await findToast("Fidelity is connected")).toBeVisible();
  expect(refreshes).toHaveLength(2);
});

test("a connection that needs its user is not imported", async () => {
  stubSignedInUser({
    held: EMPTY,
    connections: [{ ...NEW, status: "reconnect_required", status_reason: "item_login_required" }],
  });
  await openLoaded(); // a refresh has no stub, so that it would fail the test
  expect(screen.queryByRole("heading", { name: "Importing your accounts…" })).not.toBeInTheDocument();
});

describe("back from the broker's page", () => {
  const returnWith = (query: string) => history.replaceState(null, "", `/?connected${query}`);

  test("a connection is imported before the server lists it", async () => {
    returnWith("&status=SUCCESS&connection_id=c-9");
    useFakeTimers();
    const added = connection({ ...NEW, provider: "snaptrade", source_id: "c-9", institution: "Questrade" });
    stubSignedInUser({ held: EMPTY });
    const state = { isFetched: false };
    const lists = stubRoute(
      "get",
      "/connections",
      () => HttpResponse.json({ connections: [] }),
      () => HttpResponse.json({ connections: [] }),
      () => HttpResponse.json({ connections: [state.isFetched ? { ...added, last_fetched_at: FETCHED_AT } : added] }),
    );
    const answer = (status: "not_connected" | "fresh") =>
      HttpResponse.json(portfolio({ providers: { snaptrade: outcome({ status, changed: status === "fresh" }) } }));
    const refreshes = stubRoute(
      "post",
      "/holdings/refresh",
      () => answer("not_connected"),
      () => {
        state.isFetched = true;
        return answer("fresh");
      },
    );
    await openLoaded();
    for (let waited = 0; waited < 20 && !screen.queryByText("Questrade is connected"); waited++) await seconds(1);
    expect(await findToast("Questrade is connected")).toBeVisible();
    expect(await refreshes[0]?.json()).toEqual({ providers: ["snaptrade"] });
    expect(refreshes).toHaveLength(2);
    expect(lists.length).toBeGreaterThan(2);
    expect(location.search).toBe("");
  });

  test.each([
    ["ABANDONED", "No account was added", "info"],
    ["ERROR&error_code=1005", "The connection could not be completed", "error"],
  ])("%s is shown, and nothing is fetched", async (status, title, kind) => {
    returnWith(`&status=${status}`);
    stubSignedInUser();
    await openLoaded();
    const shown = await findToast(title);
    expect(shown.closest("[data-sonner-toast]")).toHaveAttribute("data-type", kind);
  });

  test("a cancelled link session is shown, and nothing is fetched", async () => {
    returnWith("");
    sessionStorage.setItem("tidings:plaid-link-token", "link-1");
    stubSignedInUser();
    stubRoute("post", "/plaid/complete-connection", () => problemResponse(404, "not-found"));
    await openLoaded();
    expect(await findToast("No account was added")).toBeVisible();
  });

  test("StrictMode completes and imports once", async () => {
    returnWith("");
    sessionStorage.setItem("tidings:plaid-link-token", "link-1");
    const { refreshes } = stubNewConnection(() => HttpResponse.json(REFRESHED));
    const completed = stubRoute("post", "/plaid/complete-connection", () =>
      HttpResponse.json({ item_id: NEW.source_id, institution: "Fidelity" }, { status: 201 }),
    );
    await openLoaded({}, StrictMode);
    expect(await findToast("Fidelity is connected")).toBeVisible();
    expect(completed).toHaveLength(1);
    expect(refreshes).toHaveLength(1);
  });
});
