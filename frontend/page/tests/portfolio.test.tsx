import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HttpResponse } from "msw";
import {
  account,
  answers,
  connection,
  FETCHED,
  holding,
  outcome,
  portfolio,
  problem,
  signedIn,
} from "./support/api.ts";
import { open, opened, toastOf } from "./support/page.tsx";

const CAD = holding({ ticker: "XIC", currency: "CAD", value: 5436.57, source_id: "c-2", provider: "snaptrade" });

test("the headline is the API's total; other currencies stand beside it, never added", async () => {
  const held = portfolio({ holdings: [CAD, holding()], totals: { CAD: 5436.57, USD: 2314 }, total: 2314 });
  signedIn({ held });
  await opened();
  expect(screen.getByRole("heading", { name: "Total value US Dollar" })).toBeVisible();
  expect(screen.getByText("$2,314.00", { selector: ".overview__headline" })).toBeVisible();
  const others = screen.getByRole("list", { name: "Totals in other currencies" });
  expect(others).toHaveTextContent(/^CA\$5,436\.57 Canadian Dollar$/);
  expect(document.body).not.toHaveTextContent("7,750.57");
});

test("each provider says how old its figures are, and those that are not connected say nothing", async () => {
  const providers = {
    plaid: outcome({ status: "failed", error: "provider-timeout" }),
    snaptrade: outcome({ status: "not_connected", as_of: null }),
  };
  signedIn({ held: portfolio({ providers, warnings: ["An account is linked twice."] }) });
  await opened();
  const states = screen.getByRole("list", { name: "As of, by provider" });
  expect(within(states).getAllByRole("listitem")).toHaveLength(1);
  expect(states).toHaveTextContent("Last refresh failed: Its service took too long to respond.");
  expect(states.querySelector("time")).toHaveAttribute("datetime", FETCHED);
  expect(screen.getByRole("list", { name: "Notes" })).toHaveTextContent("An account is linked twice.");
});

test("before the first fetch there is a way to it, and no empty tables", async () => {
  const held = portfolio({ holdings: [], totals: {}, accounts: [], total: 0, fetched: null });
  signedIn({ held, connections: [connection({ last_fetched_at: null })] });
  await opened();
  expect(screen.getByRole("heading", { name: "Your holdings come with the first refresh" })).toBeVisible();
  expect(screen.queryByRole("heading", { name: "Holdings" })).not.toBeInTheDocument();
});

test("nobody connected yet: the page asks for a first broker", async () => {
  signedIn({ held: portfolio({ holdings: [], totals: {}, accounts: [], total: 0, fetched: null }), connections: [] });
  open();
  expect(await screen.findByRole("heading", { name: "Connect your first broker" })).toBeVisible();
  expect(screen.getByRole("button", { name: "Connect with SnapTrade" })).toBeEnabled();
});

test("signed out, elsewhere than in the local cloud: a plain notice", async () => {
  signedIn();
  answers("get", "/holdings", () => problem(401, "unauthenticated"));
  answers("get", "/pending-updates", () => problem(401, "unauthenticated"));
  open();
  expect(await screen.findByRole("heading", { name: "You are signed out" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Sign in" })).not.toBeInTheDocument();
});

test("an API that can't serve is told of, and asked again on request", async () => {
  signedIn();
  answers(
    "get",
    "/holdings",
    () => problem(406, "answer-too-large"),
    () => HttpResponse.json(portfolio()),
  );
  open();
  expect(await screen.findByRole("alert")).toHaveTextContent("Your portfolio can’t be loaded");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("heading", { name: "Holdings" })).toBeVisible();
});

test("until the figures come, their places are kept", () => {
  signedIn();
  open();
  expect(screen.getByRole("status", { name: "Loading your portfolio" })).toBeVisible();
});

describe("an account", () => {
  const open_account = async (made: Parameters<typeof account>[0]) => {
    const other = holding({ ticker: "MSFT", account_id: "account-2" });
    signedIn({ held: portfolio({ holdings: [holding(), other], accounts: [account(made)] }) });
    await opened();
    await userEvent.click(screen.getByRole("button", { name: /^Brokerage ••4310/, expanded: false }));
  };

  test("opens to its own holdings, the institution's total and what is missing from it", async () => {
    await open_account({});
    expect(screen.getByText("Residual").nextSibling).toHaveTextContent("$186.00");
    expect(screen.getByText("Institution total").nextSibling).toHaveTextContent("$2,500.00");
    const own = screen.getByRole("table", { name: "Holdings of Brokerage ••4310" });
    expect(
      within(own)
        .getAllByRole("rowheader")
        .map((cell) => cell.textContent),
    ).toEqual(["AAPLApple Inc. · Equity"]);
  });

  test("names itself in a row that it shares with a newer one", async () => {
    const own = holding().sources;
    const newer = holding({ source_id: "c-2", account_id: "account-2" }).sources;
    const shared = { type: "cash", ticker: "CUR:USD", is_cash: true, account_name: "Margin", account_id: "account-2" };
    signedIn({ held: portfolio({ holdings: [holding({ ...shared, sources: [...newer, ...own] })] }) });
    await opened();
    await userEvent.click(screen.getByRole("button", { name: /^Brokerage ••4310/ }));
    const table = screen.getByRole("table", { name: "Holdings of Brokerage ••4310" });
    expect(within(table).getByRole("rowheader")).toHaveTextContent("USD cashBrokerage");
  });

  test.each([
    [0.004, "None"],
    [null, "Unknown"],
    [-12.5, "-$12.50"],
  ])("with a residual of %j says %s", async (residual, words) => {
    await open_account({ residual });
    expect(screen.getByText("Residual").nextSibling).toHaveTextContent(words);
  });

  test("that is linked twice is counted once, and says so", async () => {
    await open_account({ counted: false });
    expect(screen.getByText("Counted once")).toBeVisible();
    expect(screen.queryByRole("table", { name: /^Holdings of/ })).not.toBeInTheDocument();
  });
});

test("a disconnection is confirmed, done, and told of", async () => {
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
  };
  signedIn();
  const asked = answers("delete", "/plaid/items/item-1", () => new Response(null, { status: 204 }));
  await opened();
  await userEvent.click(await screen.findByRole("button", { name: "Disconnect First Platypus Bank" }));
  await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Disconnect" }));
  expect(await toastOf("First Platypus Bank is disconnected")).toBeVisible();
  expect(asked).toHaveLength(1);
});

test("a connection whose credential is lost is replaced only when the user says so", async () => {
  const lost = connection({
    provider: "snaptrade",
    source_id: "c-2",
    institution: "Questrade",
    status: "reconnect_required",
    status_reason: "credential_lost",
  });
  signedIn({ connections: [lost] });
  const asked = answers("post", "/api/snaptrade/create-connection-url", () => problem(503, "not-configured"));
  await opened();
  const notice = await screen.findByRole("region", { name: "Reconnect needed" });
  await userEvent.click(within(notice).getByRole("button", { name: "Reconnect Questrade" }));
  await userEvent.click(await screen.findByRole("button", { name: "Connect anew" }));
  await waitFor(() => expect(asked.length).toBeGreaterThan(0));
  expect(await asked[0]?.json()).toMatchObject({ replace: true });
});

test("a paid pull is offered only where the deployment says so, and not again once refused", async () => {
  signedIn();
  answers("post", "/holdings/refresh", () => problem(403, "paid-refresh-off"));
  answers("get", "/holdings/refresh", () => HttpResponse.json({ providers: {} }));
  const { unmount } = await opened();
  const name = "Request new data now (charged)";
  expect(screen.queryByRole("button", { name })).not.toBeInTheDocument();
  unmount();
  await opened({ paidRefresh: true });
  await userEvent.click(screen.getByRole("button", { name }));
  await waitFor(() => expect(screen.queryByRole("button", { name })).not.toBeInTheDocument());
});
