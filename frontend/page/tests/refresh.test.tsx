import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { answers, FETCHED, outcome, pending, portfolio, problem, signedIn } from "./support/api.ts";
import { opened, toastOf } from "./support/page.tsx";

const refreshes = (...turns: [() => Response, ...(() => Response)[]]) => answers("post", "/holdings/refresh", ...turns);
const click = (name: string | RegExp = "Refresh") => userEvent.click(screen.getByRole("button", { name }));

test("having to wait is told with the seconds, counted down on the button, and is no failure", async () => {
  const now = new Date("2026-03-01T12:00:00Z");
  vi.useFakeTimers({ now, toFake: ["Date"] });
  signedIn();
  const asked = refreshes(() => problem(429, "cooling-down", 42));
  const until = new Date(now.getTime() + 42_000).toISOString();
  answers("get", "/pending-updates", () => HttpResponse.json(pending(false, until)));
  await opened();
  await click();
  expect(await toastOf("Please wait 42 s before you refresh again.")).toBeVisible();
  expect(screen.queryByText("Refresh failed")).not.toBeInTheDocument();
  const button = await screen.findByRole("button", { name: "Please wait 42 s" });
  expect(button).toHaveAttribute("aria-disabled", "true");
  expect(button).toHaveFocus();
  vi.setSystemTime(now.getTime() + 3_000);
  await waitFor(() => expect(button).toHaveTextContent("Please wait 39 s"));
  await click(/^Please wait/);
  expect(asked).toHaveLength(1);
});

test("a failure is a failure, with its reason", async () => {
  signedIn();
  refreshes(() => problem(502, "provider-outage"));
  await opened();
  await click();
  expect(await toastOf("Refresh failed")).toBeVisible();
  expect(screen.queryByText(/Please wait/)).not.toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Refresh" })).toHaveAttribute("aria-disabled", "false");
});

test("after a partial refresh: what is fresh, what is old and since when, and why", async () => {
  signedIn();
  const providers = {
    plaid: outcome({ status: "fresh", as_of: "2026-02-20T09:00:00Z", changed: true }),
    snaptrade: outcome({ status: "failed", error: "provider-outage" }),
  };
  refreshes(() => HttpResponse.json(portfolio({ providers })));
  await opened();
  await click();
  expect(await toastOf("Partly refreshed")).toBeVisible();
  const [plaid, snaptrade] = within(screen.getByRole("list", { name: "Outcome by provider" })).getAllByRole("listitem");
  expect(plaid).toHaveTextContent(/^Plaid was refreshed\.$/);
  expect(snaptrade).toHaveTextContent(
    "SnapTrade could not be refreshed. Its service does not respond properly at the moment.",
  );
  expect(snaptrade?.querySelector("time")).toHaveAttribute("datetime", FETCHED);
});

test("what changed is listed by account", async () => {
  signedIn();
  const row = { provider: "plaid", source_id: "item-1", account_id: "account-1", name: null, currency: "USD" } as const;
  const changes = [
    { ...row, change: "quantity_changed", ticker: "AAPL", quantity_before: 10, quantity_after: 11.5 },
    { ...row, change: "removed", ticker: "MSFT", quantity_before: 4, quantity_after: null },
    { ...row, change: "added", ticker: "CUR:USD", quantity_before: null, quantity_after: 1200 },
  ] as const;
  refreshes(() =>
    HttpResponse.json(
      portfolio({ providers: { plaid: outcome({ status: "fresh", changed: true }) }, changes: [...changes] }),
    ),
  );
  await opened();
  await click();
  const list = await screen.findByRole("list", { name: "Changed holdings" });
  expect(
    within(list)
      .getAllByRole("listitem")
      .map((item) => item.textContent),
  ).toEqual(["ChangedAAPL10 → 11.5Brokerage", "RemovedMSFT4 → noneBrokerage", "AddedUSD cash1,200Brokerage"]);
  expect(await toastOf("Refreshed")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(list).not.toBeInTheDocument();
});

test.each([
  [false, true],
  [true, false],
])("with changed %j and no row to list, the report says so: %j", async (changed, told) => {
  signedIn();
  const answer = portfolio({ providers: { plaid: outcome({ status: "fresh", changed }) } });
  answer.holdings.portfolio_metadata.changed = changed;
  refreshes(() => HttpResponse.json(answer));
  await opened();
  await click();
  expect(await screen.findByRole("heading", { name: "Last refresh" })).toBeVisible();
  expect(screen.queryAllByText("Nothing has changed since the previous refresh.")).toHaveLength(told ? 1 : 0);
});
