import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { FETCHED, outcome, pending, portfolio, problemResponse } from "./support/factories.ts";
import { findToast, openLoaded } from "./support/page.tsx";
import { stubRoute, stubSignedInUser } from "./support/server.ts";

const stubRefreshes = (...responses: [() => Response, ...(() => Response)[]]) =>
  stubRoute("post", "/holdings/refresh", ...responses);
const click = (name: string | RegExp = "Refresh") => userEvent.click(screen.getByRole("button", { name }));

test("a 429 shows the seconds to wait, counts down on the button, and is no failure", async () => {
  const now = new Date("2026-03-01T12:00:00Z");
  vi.useFakeTimers({ now, toFake: ["Date"] });
  stubSignedInUser();
  const requests = stubRefreshes(() => problemResponse(429, "cooling-down", 42));
  const until = new Date(now.getTime() + 42_000).toISOString();
  stubRoute("get", "/pending-updates", () => HttpResponse.json(pending(false, until)));
  await openLoaded();
  await click();
  expect(await findToast("Please wait 42 s before you refresh again.")).toBeVisible();
  expect(screen.queryByText("Refresh failed")).not.toBeInTheDocument();
  const button = await screen.findByRole("button", { name: "Please wait 42 s" });
  expect(button).toHaveAttribute("aria-disabled", "true");
  expect(button).toHaveFocus();
  vi.setSystemTime(now.getTime() + 3_000);
  await waitFor(() => expect(button).toHaveTextContent("Please wait 39 s"));
  await click(/^Please wait/);
  expect(requests).toHaveLength(1);
});

test("a failed refresh shows its reason", async () => {
  stubSignedInUser();
  stubRefreshes(() => problemResponse(502, "provider-outage"));
  await openLoaded();
  await click();
  expect(await findToast("Refresh failed")).toBeVisible();
  expect(screen.queryByText(/Please wait/)).not.toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Refresh" })).toHaveAttribute("aria-disabled", "false");
});

test("a partial refresh shows fresh and stored providers, with date and reason", async () => {
  stubSignedInUser();
  const providers = {
    plaid: outcome({ status: "fresh", as_of: "2026-02-20T09:00:00Z", changed: true }),
    snaptrade: outcome({ status: "failed", error: "provider-outage" }),
  };
  stubRefreshes(() => HttpResponse.json(portfolio({ providers })));
  await openLoaded();
  await click();
  expect(await findToast("Partly refreshed")).toBeVisible();
  const [plaid, snaptrade] = within(screen.getByRole("list", { name: "What was updated" })).getAllByRole("listitem");
  expect(plaid).toHaveTextContent(/^Plaid was refreshed\.$/);
  expect(snaptrade).toHaveTextContent("SnapTrade could not be refreshed. It does not respond properly at the moment.");
  expect(snaptrade?.querySelector("time")).toHaveAttribute("datetime", FETCHED);
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
  expect(await findToast("Partly refreshed")).toBeVisible();
  expect(screen.queryByText(/Please wait/)).not.toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Refresh" })).toHaveAttribute("aria-disabled", "false");
  await click();
  expect(await findToast("Please wait 42 s before you refresh again.")).toBeVisible();
  expect(await screen.findByRole("button", { name: "Please wait 42 s" })).toHaveAttribute("aria-disabled", "true");
});

test("changed holdings are listed with their account", async () => {
  stubSignedInUser();
  const row = { provider: "plaid", source_id: "item-1", account_id: "account-1", name: null, currency: "USD" } as const;
  const changes = [
    { ...row, change: "quantity_changed", ticker: "AAPL", quantity_before: 10, quantity_after: 11.5 },
    { ...row, change: "removed", ticker: "MSFT", quantity_before: 4, quantity_after: null },
    { ...row, change: "added", ticker: "CUR:USD", quantity_before: null, quantity_after: 1200 },
    { ...row, change: "quantity_changed", ticker: "GRANT", quantity_before: 40, quantity_after: null },
  ] as const;
  stubRefreshes(() =>
    HttpResponse.json(
      portfolio({ providers: { plaid: outcome({ status: "fresh", changed: true }) }, changes: [...changes] }),
    ),
  );
  await openLoaded();
  await click();
  const list = await screen.findByRole("list", { name: "Changed holdings" });
  expect(
    within(list)
      .getAllByRole("listitem")
      .map((item) => item.textContent),
  ).toEqual([
    "ChangedAAPL10 → 11.5Brokerage",
    "RemovedMSFT4 → noneBrokerage",
    "AddedUSD cash1,200Brokerage",
    "ChangedGRANT40 → unknownBrokerage",
  ]);
  expect(await findToast("Refreshed")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(list).not.toBeInTheDocument();
});

test.each([
  [false, true],
  [true, false],
])("a refresh with changed %j and no rows reports no change: %j", async (changed, isReported) => {
  stubSignedInUser();
  const body = portfolio({ providers: { plaid: outcome({ status: "fresh", changed }) } });
  body.holdings.portfolio_metadata.changed = changed;
  stubRefreshes(() => HttpResponse.json(body));
  await openLoaded();
  await click();
  expect(await screen.findByRole("heading", { name: "Last refresh" })).toBeVisible();
  expect(screen.queryAllByText("Nothing has changed since the previous refresh.")).toHaveLength(isReported ? 1 : 0);
});
