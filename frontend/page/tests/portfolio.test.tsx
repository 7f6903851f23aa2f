import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { account, connection, FETCHED, holding, outcome, portfolio, problemResponse } from "./support/factories.ts";
import { findToast, openLoaded, openPage } from "./support/page.tsx";
import { stubRoute, stubSignedInUser } from "./support/server.ts";

const CAD = holding({ ticker: "XIC", currency: "CAD", value: 5436.57, source_id: "c-2", provider: "snaptrade" });

test("the headline is the API's total; other currencies are listed, never added", async () => {
  const held = portfolio({ holdings: [CAD, holding()], totals: { CAD: 5436.57, USD: 2314 }, total: 2314 });
  stubSignedInUser({ held });
  await openLoaded();
  expect(screen.getByRole("heading", { name: "Total value US Dollar" })).toBeVisible();
  expect(screen.getByText("$2,314.00", { selector: ".overview__headline" })).toBeVisible();
  const others = screen.getByRole("list", { name: "Totals in other currencies" });
  expect(others).toHaveTextContent(/^CA\$5,436\.57 Canadian Dollar$/);
  expect(document.body).not.toHaveTextContent("7,750.57");
});

test("each connected provider shows the age of its data", async () => {
  const providers = {
    plaid: outcome({ status: "failed", error: "provider-timeout" }),
    snaptrade: outcome({ status: "not_connected", as_of: null }),
  };
  stubSignedInUser({ held: portfolio({ providers, warnings: ["An account is linked twice."] }) });
  await openLoaded();
  const states = screen.getByRole("list", { name: "As of, by provider" });
  expect(within(states).getAllByRole("listitem")).toHaveLength(1);
  expect(states).toHaveTextContent("Last refresh failed: Its service took too long to respond.");
  expect(states.querySelector("time")).toHaveAttribute("datetime", FETCHED);
  expect(screen.getByRole("list", { name: "Notes" })).toHaveTextContent("An account is linked twice.");
});

test("before the first fetch, a refresh button is shown instead of empty tables", async () => {
  const held = portfolio({ holdings: [], totals: {}, accounts: [], total: 0, fetched: null });
  stubSignedInUser({ held, connections: [connection({ last_fetched_at: null })] });
  await openLoaded();
  expect(screen.getByRole("heading", { name: "Your holdings come with the first refresh" })).toBeVisible();
  expect(screen.queryByRole("heading", { name: "Holdings" })).not.toBeInTheDocument();
});

test("without connections, the page offers to connect a broker", async () => {
  stubSignedInUser({
    held: portfolio({ holdings: [], totals: {}, accounts: [], total: 0, fetched: null }),
    connections: [],
  });
  openPage();
  expect(await screen.findByRole("heading", { name: "Connect your first broker" })).toBeVisible();
  expect(screen.getByRole("button", { name: "Connect with SnapTrade" })).toBeEnabled();
});

test("a signed-out user gets a notice without a form outside the local cloud", async () => {
  stubSignedInUser();
  stubRoute("get", "/holdings", () => problemResponse(401, "unauthenticated"));
  stubRoute("get", "/pending-updates", () => problemResponse(401, "unauthenticated"));
  openPage();
  expect(await screen.findByRole("heading", { name: "You are signed out" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Sign in" })).not.toBeInTheDocument();
});

test("a failed load shows an alert with a button to retry", async () => {
  stubSignedInUser();
  stubRoute(
    "get",
    "/holdings",
    () => problemResponse(406, "answer-too-large"),
    () => HttpResponse.json(portfolio()),
  );
  openPage();
  expect(await screen.findByRole("alert")).toHaveTextContent("Your portfolio can’t be loaded");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("heading", { name: "Holdings" })).toBeVisible();
});

test("a placeholder is shown until the portfolio is loaded", () => {
  stubSignedInUser();
  openPage();
  expect(screen.getByRole("status", { name: "Loading your portfolio" })).toBeVisible();
});

describe("an account", () => {
  const openAccount = async (overrides: Parameters<typeof account>[0]) => {
    const other = holding({ ticker: "MSFT", account_id: "account-2" });
    stubSignedInUser({ held: portfolio({ holdings: [holding(), other], accounts: [account(overrides)] }) });
    await openLoaded();
    await userEvent.click(screen.getByRole("button", { name: /^Brokerage ••4310/, expanded: false }));
  };

  test("an expanded account shows its holdings, the institution's total and the residual", async () => {
    await openAccount({});
    expect(screen.getByText("Residual").nextSibling).toHaveTextContent("$186.00");
    expect(screen.getByText("Institution total").nextSibling).toHaveTextContent("$2,500.00");
    const own = screen.getByRole("table", { name: "Holdings of Brokerage ••4310" });
    expect(
      within(own)
        .getAllByRole("rowheader")
        .map((cell) => cell.textContent),
    ).toEqual(["AAPLApple Inc. · Equity"]);
  });

  test("an account shows its own name in a row shared with another account", async () => {
    const own = holding().sources;
    const newer = holding({ source_id: "c-2", account_id: "account-2" }).sources;
    const shared = { type: "cash", ticker: "CUR:USD", is_cash: true, account_name: "Margin", account_id: "account-2" };
    stubSignedInUser({ held: portfolio({ holdings: [holding({ ...shared, sources: [...newer, ...own] })] }) });
    await openLoaded();
    await userEvent.click(screen.getByRole("button", { name: /^Brokerage ••4310/ }));
    const table = screen.getByRole("table", { name: "Holdings of Brokerage ••4310" });
    expect(within(table).getByRole("rowheader")).toHaveTextContent("USD cashBrokerage");
  });

  test.each([
    [0.004, "None"],
    [null, "Unknown"],
    [-12.5, "-$12.50"],
  ])("an account with a residual of %j shows %s", async (residual, text) => {
    await openAccount({ residual });
    expect(screen.getByText("Residual").nextSibling).toHaveTextContent(text);
  });

  test("an account that is linked twice is marked as counted once", async () => {
    await openAccount({ counted: false });
    expect(screen.getByText("Counted once")).toBeVisible();
    expect(screen.queryByRole("table", { name: /^Holdings of/ })).not.toBeInTheDocument();
  });
});

test("a confirmed disconnect is sent and shows a toast", async () => {
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
  };
  stubSignedInUser();
  const requests = stubRoute("delete", "/plaid/items/item-1", () => new Response(null, { status: 204 }));
  await openLoaded();
  await userEvent.click(await screen.findByRole("button", { name: "Disconnect First Platypus Bank" }));
  await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Disconnect" }));
  expect(await findToast("First Platypus Bank is disconnected")).toBeVisible();
  expect(requests).toHaveLength(1);
});

test("a connection with a lost credential is replaced only after the user confirms", async () => {
  const lost = connection({
    provider: "snaptrade",
    source_id: "c-2",
    institution: "Questrade",
    status: "reconnect_required",
    status_reason: "credential_lost",
  });
  stubSignedInUser({ connections: [lost] });
  const requests = stubRoute("post", "/api/snaptrade/create-connection-url", () =>
    problemResponse(503, "not-configured"),
  );
  await openLoaded();
  const notice = await screen.findByRole("region", { name: "Reconnect needed" });
  await userEvent.click(within(notice).getByRole("button", { name: "Reconnect Questrade" }));
  await userEvent.click(await screen.findByRole("button", { name: "Connect anew" }));
  await waitFor(() => expect(requests.length).toBeGreaterThan(0));
  expect(await requests[0]?.json()).toMatchObject({ replace: true });
});

test("a paid refresh is offered only if configured, and no longer after a 403", async () => {
  stubSignedInUser();
  stubRoute("post", "/holdings/refresh", () => problemResponse(403, "paid-refresh-off"));
  stubRoute("get", "/holdings/refresh", () => HttpResponse.json({ providers: {} }));
  const { unmount } = await openLoaded();
  const name = "Request new data now (charged)";
  expect(screen.queryByRole("button", { name })).not.toBeInTheDocument();
  unmount();
  await openLoaded({ paidRefresh: true });
  await userEvent.click(screen.getByRole("button", { name }));
  await waitFor(() => expect(screen.queryByRole("button", { name })).not.toBeInTheDocument());
});
