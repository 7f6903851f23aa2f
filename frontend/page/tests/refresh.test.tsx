import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { connection, holding, outcome, pending, portfolio, problemResponse } from "./support/factories.ts";
import { openLoaded } from "./support/page.tsx";
import { server, stubRoute, stubSignedInUser } from "./support/server.ts";

const stubRefreshes = (...responses: [() => Response, ...(() => Response)[]]) =>
  stubRoute("post", "/holdings/refresh", ...responses);
const toasts = () => document.querySelectorAll("[data-sonner-toast]");
const click = (name: string | RegExp = "Refresh") => userEvent.click(screen.getByRole("button", { name }));

test.each([
  ["cooling-down", "You updated a moment ago."],
  ["provider-limit", "Your broker allows only so many updates in a row."],
  ["provider-busy", "Many people are updating right now."],
  [null, "Too many requests at once."],
])("a 429 of %s tells its cause in one place, counts down on the button, and is no failure", async (slug, text) => {
  const now = new Date("2026-03-01T12:00:00Z");
  vi.useFakeTimers({ now, toFake: ["Date"] });
  stubSignedInUser();
  const requests = stubRefreshes(() =>
    slug === null
      ? HttpResponse.json({ message: "Too Many Requests" }, { status: 429, headers: { "retry-after": "42" } })
      : problemResponse(429, slug, 42),
  );
  const until = new Date(now.getTime() + 42_000).toISOString();
  stubRoute("get", "/pending-updates", () => HttpResponse.json(pending(false, until)));
  await openLoaded();
  await click();
  expect(await screen.findByText(text)).toBeVisible();
  expect(screen.queryByText(/did not work/)).not.toBeInTheDocument();
  const button = await screen.findByRole("button", { name: "Please wait 42 s" });
  expect(button).toHaveAttribute("aria-disabled", "true");
  expect(button).toHaveFocus();
  vi.setSystemTime(now.getTime() + 3_000);
  await waitFor(() => expect(button).toHaveTextContent("Please wait 39 s"));
  await click(/^Please wait/);
  expect(requests).toHaveLength(1);
  expect(toasts()).toHaveLength(0);
  vi.setSystemTime(now.getTime() + 42_000);
  await waitFor(() => expect(button).toHaveTextContent("Refresh"));
  expect(screen.queryByText(text)).not.toBeInTheDocument();
});

test.each([
  [() => problemResponse(502, "provider-outage"), "That did not work: your broker does not respond properly."],
  [
    () => HttpResponse.json({ message: "Bad Gateway" }, { status: 502 }),
    "That did not work: something went wrong on our side.",
  ],
  [() => HttpResponse.error(), "That did not work: the server can't be reached."],
])("a failed refresh shows its reason once, in the catalogue's words (%#)", async (respond, text) => {
  stubSignedInUser();
  stubRefreshes(respond);
  await openLoaded();
  await click();
  expect(await screen.findByText(text)).toBeVisible();
  expect(document.body).not.toHaveTextContent(/Bad Gateway|HTTP|Failed to fetch/);
  expect(toasts()).toHaveLength(0);
  expect(screen.getByRole("button", { name: "Refresh" })).toHaveAttribute("aria-disabled", "false");
  await click("Dismiss");
  expect(screen.queryByText(text)).not.toBeInTheDocument();
});

const REFRESHED = { plaid: outcome({ status: "fresh", changed: true }) };
const QUESTRADE = connection({ provider: "snaptrade", source_id: "c-2", institution: "Questrade" });

test("a partial refresh names the connection that failed, with date and reason in the details", async () => {
  const providers = {
    plaid: outcome({ status: "fresh", changed: true, sources: { "item-1": outcome({ status: "fresh" }) } }),
    snaptrade: outcome({
      status: "failed",
      error: "provider-outage",
      sources: { "c-2": outcome({ status: "failed", error: "provider-outage", as_of: "2026-02-20T09:00:00Z" }) },
    }),
  };
  stubSignedInUser({ connections: [connection(), QUESTRADE] });
  stubRefreshes(() => HttpResponse.json(portfolio({ providers })));
  await openLoaded();
  await click();
  expect(await screen.findByText("Questrade could not be updated")).toBeVisible();
  expect(screen.getByText(/1 of 2 connections up to date/)).toBeVisible();
  expect(screen.getByText("Partly out of date")).toBeVisible();
  expect(toasts()).toHaveLength(0);
  const details = screen.getByRole("button", { name: "Details" });
  await userEvent.click(details);
  const [first, second] = within(screen.getByRole("list", { name: "Age of each connection’s data" })).getAllByRole(
    "listitem",
  );
  expect(first).toHaveTextContent(/^First Platypus BankUp to date/);
  expect(second).toHaveTextContent("QuestradeCould not be updated: your broker does not respond properly");
  expect(second?.querySelector("time")).toHaveAttribute("datetime", "2026-02-20T09:00:00Z");
  await userEvent.keyboard("{Escape}");
  expect(details).toHaveAttribute("aria-expanded", "false");
  expect(details).toHaveFocus();
});

test("the details close on a click elsewhere and when the focus leaves them", async () => {
  stubSignedInUser();
  await openLoaded();
  const details = screen.getByRole("button", { name: "Details" });
  await userEvent.click(details);
  expect(details).toHaveAttribute("aria-expanded", "true");
  await userEvent.click(screen.getByRole("heading", { name: "Holdings" }));
  expect(details).toHaveAttribute("aria-expanded", "false");
  await userEvent.click(details);
  await userEvent.tab();
  expect(details).toHaveAttribute("aria-expanded", "false");
});

test("a first fetch within a cooldown is a refresh in part, not a wait; the next 429 counts down", async () => {
  const now = new Date("2026-03-01T12:00:00Z");
  vi.useFakeTimers({ now, toFake: ["Date"] });
  stubSignedInUser();
  const sources = {
    new: outcome({ status: "fresh", changed: true }),
    older: outcome({ status: "cooling_down", retry_after: 42, error: "cooling-down" }),
  };
  const plaid = outcome({ status: "fresh", changed: true, error: "cooling-down", sources });
  stubRefreshes(
    () => HttpResponse.json(portfolio({ providers: { plaid } })),
    () => problemResponse(429, "cooling-down", 42),
  );
  const until = new Date(now.getTime() + 42_000).toISOString();
  stubRoute("get", "/pending-updates", () => HttpResponse.json(pending(false, until)));
  await openLoaded();
  await click();
  expect(await screen.findByText(/1 of 1 connection up to date/)).toBeVisible();
  expect(screen.queryByText(/Please wait/)).not.toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Refresh" })).toHaveAttribute("aria-disabled", "false");
  await click();
  expect(await screen.findByText("You updated a moment ago.")).toBeVisible();
  expect(await screen.findByRole("button", { name: "Please wait 42 s" })).toHaveAttribute("aria-disabled", "true");
});

test("changes are a summary that can be dismissed, and highlighted rows with what changed", async () => {
  stubSignedInUser();
  const row = { provider: "plaid", source_id: "item-1", account_id: "account-1", name: null, currency: "USD" } as const;
  const changes = [
    { ...row, change: "quantity_changed", ticker: "AAPL", quantity_before: 10, quantity_after: 11.5 },
    { ...row, change: "removed", ticker: "MSFT", quantity_before: 4, quantity_after: null },
    { ...row, change: "added", ticker: "CUR:USD", quantity_before: null, quantity_after: 1200 },
    { ...row, change: "quantity_changed", ticker: "GRANT", quantity_before: 40, quantity_after: null },
  ] as const;
  const cash = holding({ ticker: "CUR:USD", is_cash: true, type: "cash" });
  const holdings = [holding(), cash, holding({ ticker: "GRANT" }), holding({ ticker: "XIC" })];
  stubRefreshes(() => HttpResponse.json(portfolio({ holdings, providers: REFRESHED, changes: [...changes] })));
  await openLoaded();
  await click();
  const summary = await screen.findByText("Since the previous update: 1 new, 2 changed, 1 gone (MSFT).");
  const table = screen.getByRole("table", { name: "Holdings" });
  const marks = [...table.querySelectorAll<HTMLElement>("tr[data-changed]")];
  expect(marks.map(({ dataset }) => `${dataset.ticker} ${dataset.changed}`).sort()).toEqual([
    "AAPL Changed",
    "CUR:USD New",
    "GRANT Changed",
  ]);
  expect(screen.getByRole("button", { name: /^AAPL.?Changed/ })).toBeVisible();
  await click(/^AAPL/);
  expect(screen.getByRole("list", { name: "What changed" })).toHaveTextContent(/^Brokerage: 10 → 11.5$/);
  await click(/^GRANT/);
  expect(screen.getByText("Brokerage: 40 → unknown")).toBeVisible();
  expect(toasts()).toHaveLength(0);
  await click("Dismiss");
  expect(summary).not.toBeInTheDocument();
  expect(table.querySelector("tr[data-changed]")).toBeNull();
});

test("a row is new only if it is so in every account, and long lists of removed holdings are cut", async () => {
  const row = { provider: "plaid", source_id: "item-1", account_id: "account-1", name: null, currency: "USD" } as const;
  const gone = ["A", "B", "C", "D"].map((ticker) => ({
    ...row,
    change: "removed" as const,
    ticker,
    quantity_before: 1,
    quantity_after: null,
  }));
  const added = { ...row, change: "added" as const, ticker: "AAPL", quantity_before: null, quantity_after: 3 };
  const elsewhere = holding({ source_id: "c-2", account_id: "account-2" }).sources;
  stubSignedInUser();
  stubRefreshes(() =>
    HttpResponse.json(
      portfolio({
        holdings: [holding({ sources: [...holding().sources, ...elsewhere] })],
        providers: REFRESHED,
        changes: [added, ...gone],
      }),
    ),
  );
  await openLoaded();
  await click();
  expect(await screen.findByText("Since the previous update: 1 new, 4 gone (A, B, C, …).")).toBeVisible();
  expect(document.querySelector("tr[data-changed]")).toHaveAttribute("data-changed", "Changed");
});

test.each([
  [false, true],
  [true, false],
])("a refresh with changed %j and no rows reports no change: %j", async (changed, isReported) => {
  stubSignedInUser();
  const body = portfolio({ providers: { plaid: outcome({ status: "fresh", changed }) } });
  body.holdings.portfolio_metadata.changed = changed;
  const requests = stubRefreshes(() => HttpResponse.json(body));
  await openLoaded();
  await click();
  await waitFor(() => expect(requests).toHaveLength(1));
  expect(await screen.findByRole("button", { name: "Refresh" })).toHaveAttribute("aria-disabled", "false");
  expect(screen.queryAllByText("Your holdings are the same as before.")).toHaveLength(isReported ? 1 : 0);
});

test("a running refresh shows which connections are done", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  let respond = (_response: Response) => undefined as unknown;
  const responded = new Promise<Response>((resolve) => {
    respond = resolve;
  });
  stubSignedInUser({ connections: [connection(), QUESTRADE] });
  server.use(http.post(`${location.origin}/holdings/refresh`, () => responded));
  await openLoaded();
  await screen.findAllByText("Questrade");
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  await user.click(screen.getByRole("button", { name: "Refresh" }));
  expect(await screen.findByText("Getting your newest data…")).toBeVisible();
  const done = connection({ last_fetched_at: "2026-02-19T15:00:00Z" });
  stubRoute("get", "/connections", () => HttpResponse.json({ connections: [done, QUESTRADE] }));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await screen.findByText("First Platypus Bank is done, the rest is on its way…")).toBeVisible();
  respond(HttpResponse.json(portfolio()));
  await waitFor(() => expect(screen.queryByText(/on its way/)).not.toBeInTheDocument());
});
