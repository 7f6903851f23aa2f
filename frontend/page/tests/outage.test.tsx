import { onlineManager } from "@tanstack/react-query";
import { act, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { pending, portfolio } from "./support/factories.ts";
import { openLoaded } from "./support/page.tsx";
import { stubRoute, stubSignedInUser } from "./support/server.ts";

const OUTAGE = /^Can’t reach Tidings, showing data from Feb 19, 2026/;
// With a long Retry-After the client itself does not retry.
const down = () => HttpResponse.json({ message: "Bad Gateway" }, { status: 502, headers: { "retry-after": "9" } });
const up = () => HttpResponse.json(pending(false));

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true, now: new Date("2026-03-01T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
  onlineManager.setOnline(true);
});

const advance = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

async function openAndFail(...polls: (() => Response)[]) {
  stubSignedInUser();
  const requests = stubRoute("get", "/pending-updates", up, down, ...polls);
  await openLoaded();
  await screen.findByText(/1 of 1 connection up to date/);
  await advance(331_000);
  await waitFor(() => expect(requests).toHaveLength(2));
  return requests;
}

test("one failed poll is no outage; the second one, 10 s later, is, and a response ends it", async () => {
  const requests = await openAndFail(down, up);
  expect(screen.queryByText(OUTAGE)).not.toBeInTheDocument();
  await advance(10_000);
  await waitFor(() => expect(requests).toHaveLength(3));
  expect(await screen.findByText(OUTAGE)).toBeVisible();
  expect(screen.queryByText(/up to date/)).not.toBeInTheDocument();
  await advance(20_000);
  await waitFor(() => expect(screen.queryByText(OUTAGE)).not.toBeInTheDocument());
  expect(screen.getByText(/1 of 1 connection up to date/)).toBeVisible();
});

test("a retry polls at once, and loads what failed to load", async () => {
  const requests = await openAndFail(down, up);
  await advance(10_000);
  await screen.findByText(OUTAGE);
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  await user.click(screen.getByRole("button", { name: "Retry" }));
  await waitFor(() => expect(screen.queryByText(OUTAGE)).not.toBeInTheDocument());
  expect(requests).toHaveLength(4);
});

test("a retry keeps its button and the focus, says once that it runs, and leaves the focus in the line", async () => {
  let respond: (response: Response) => void = () => undefined;
  const running = new Promise<Response>((resolve) => {
    respond = resolve;
  });
  await openAndFail(down, (() => running) as never);
  await advance(10_000);
  const outage = await screen.findByText(OUTAGE);
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  const button = screen.getByRole("button", { name: "Retry" });
  expect(outage.closest("[role=status]")).not.toContainElement(button);
  await user.click(button);
  await user.keyboard("{Enter}");

  const said = await screen.findByText("Trying…");
  expect(said).toHaveRole("status");
  expect(said).toHaveTextContent(/^Trying…$/);
  expect(button).toHaveFocus();
  expect(button).toHaveAccessibleName("Retry");
  expect(button).toBeEnabled();
  expect(button).not.toHaveAttribute("aria-disabled");
  respond(up());
  await waitFor(() => expect(screen.queryByText(OUTAGE)).not.toBeInTheDocument());
  expect(screen.getByText(/1 of 1 connection up to date/).closest("p")).toHaveFocus();
});

test("the poll's own attempts during an outage are not announced", async () => {
  const requests = await openAndFail(down, (() => new Promise(() => undefined)) as never);
  await advance(10_000);
  await screen.findByText(OUTAGE);
  await advance(20_000);
  await waitFor(() => expect(requests).toHaveLength(4));
  expect(screen.queryByText("Trying…")).not.toBeInTheDocument();
});

test("being offline is announced at once, and no longer once the device is online", async () => {
  stubSignedInUser();
  const requests = stubRoute("get", "/pending-updates", up);
  await openLoaded();
  await screen.findByText(/1 of 1 connection up to date/);
  await advance(11_000);
  const onLine = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  act(() => void window.dispatchEvent(new Event("offline")));
  expect(screen.getByText(/^You are offline, showing data from/)).toBeVisible();
  onLine.mockReturnValue(true);
  act(() => void window.dispatchEvent(new Event("online")));
  expect(screen.queryByText(/^You are offline/)).not.toBeInTheDocument();
  await waitFor(() => expect(requests).toHaveLength(2));
});

test("a portfolio that could not be loaded again is loaded after the next poll", async () => {
  stubSignedInUser();
  let isDown = false;
  stubRoute("get", "/holdings", () => (isDown ? down() : HttpResponse.json(portfolio())));
  const moved = pending(false);
  moved.providers.plaid.last_refreshed_at = "2026-02-20T10:00:00Z";
  stubRoute("get", "/pending-updates", up, () => HttpResponse.json(moved));
  await openLoaded();
  await screen.findByText(/1 of 1 connection up to date/);
  isDown = true;
  await advance(331_000);
  expect(await screen.findByText(OUTAGE)).toBeVisible();
  isDown = false;
  await advance(331_000);
  await waitFor(() => expect(screen.queryByText(OUTAGE)).not.toBeInTheDocument());
});
