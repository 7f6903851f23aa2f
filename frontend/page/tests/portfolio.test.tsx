import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { account, connection, holding, pending, portfolio, problemResponse } from "./support/factories.ts";
import { findToast, openLoaded, openPage } from "./support/page.tsx";
import { stubRoute, stubSignedInUser } from "./support/server.ts";

test("warnings are notes in the details, whose button counts them", async () => {
  stubSignedInUser({ held: portfolio({ warnings: ["An account is linked twice."] }) });
  await openLoaded();
  await userEvent.click(screen.getByRole("button", { name: "Details · 1 note" }));
  expect(screen.getByRole("list", { name: "Notes" })).toHaveTextContent("An account is linked twice.");
});

test("without connections, the page offers to connect a broker", async () => {
  stubSignedInUser({
    held: portfolio({ holdings: [], totals: {}, accounts: [], total: 0, fetched: null }),
    connections: [],
  });
  openPage();
  expect(await screen.findByRole("heading", { name: "Add your first account" })).toBeVisible();
  expect(screen.getByRole("button", { name: "Add account" })).toBeEnabled();
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
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("Your portfolio can’t be loadedReason: it is too large.");
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
    expect(screen.getByText("Difference").nextSibling).toHaveTextContent("$186.00");
    expect(screen.getByText("Value at your broker").nextSibling).toHaveTextContent("$2,500.00");
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
    expect(screen.getByText("Difference").nextSibling).toHaveTextContent(text);
  });

  test("an account that is linked twice is marked as counted once", async () => {
    await openAccount({ counted: false });
    expect(screen.getByText("Counted once")).toBeVisible();
    expect(screen.queryByRole("table", { name: /^Holdings of/ })).not.toBeInTheDocument();
  });

  test("a paper account is marked, and says that it counts in no total", async () => {
    await openAccount({ counted: false, is_paper: true });
    expect(screen.getByText("Paper account, not counted")).toBeVisible();
    expect(screen.queryByText("Counted once")).not.toBeInTheDocument();
    expect(screen.getByText("This account trades with play money, so it is in none of your totals.")).toBeVisible();
  });

  test.each([
    ["closed", "Closed"],
    ["archived", "Archived"],
  ])("an account of the status %j is marked as %s", async (status, tag) => {
    await openAccount({ status });
    expect(screen.getByText(tag)).toBeVisible();
  });

  test.each([null, "open", "something_new"])("an account of the status %j has no mark", async (status) => {
    await openAccount({ status });
    expect(document.querySelector(".tag")).not.toBeInTheDocument();
  });

  test.each([
    ["unvested", /counts what has not vested yet/],
    ["margin_loan", /money that you borrowed/],
    [null, /does not list/],
  ] as const)("a residual that equals %j is explained", async (residual_explained_by, text) => {
    await openAccount({ residual_explained_by, unvested_value: residual_explained_by && 186 });
    expect(screen.getByText(text)).toBeVisible();
  });

  test("what is not vested is a figure of its own, if there is any", async () => {
    await openAccount({ unvested_value: 6000 });
    expect(screen.getByText("Not vested yet, not counted").nextSibling).toHaveTextContent("$6,000.00");
  });

  test("an option's contracts are those of the account, or unknown", async () => {
    const option = {
      underlying: "AAPL",
      kind: "call",
      strike: 300,
      expiry: "2028-01-21",
      contracts: 5,
      multiplier: 100,
      root: "AAPL",
    } as const;
    const sources = holding({ quantity: 200 }).sources;
    const unknown = holding({ ticker: "XYZ", option: { ...option, underlying: "XYZ", contracts: null }, sources });
    const held = portfolio({ holdings: [holding({ option, sources }), unknown] });
    stubSignedInUser({ held });
    await openLoaded();
    await userEvent.click(screen.getByRole("button", { name: /^Brokerage ••4310/ }));
    const table = screen.getByRole("table", { name: "Holdings of Brokerage ••4310" });
    expect(within(table).getByRole("row", { name: /^AAPL \$300/ })).toHaveTextContent("2contracts × 100");
    expect(within(table).getByRole("row", { name: /^XYZ \$300/ })).toHaveTextContent("200shares");
  });

  test("an unvested part of several accounts is not said to be one account's", async () => {
    const [own, other] = [holding().sources, holding({ source_id: "c-2", account_id: "account-2" }).sources];
    const shared = holding({ unvested_quantity: 60, unvested_value: 6000, sources: [...own, ...other] });
    stubSignedInUser({ held: portfolio({ holdings: [shared] }) });
    await openLoaded();
    await userEvent.click(screen.getByRole("button", { name: /^Brokerage ••4310/ }));
    const table = screen.getByRole("table", { name: "Holdings of Brokerage ••4310" });
    expect(table).not.toHaveTextContent("not vested");
    expect(screen.getByRole("table", { name: "Holdings" })).toHaveTextContent("60 more not vested yet ($6,000.00)");
  });
});

test.each([
  [[], "Access to First Platypus Bank has ended"],
  [[connection({ source_id: "item-2", status: "reconnect_required" })], "1 connection needs you"],
])("the line asks for a sign-in only where one helps, with %j", async (others, label) => {
  const ended = connection({ status: "revoked", status_reason: "gone" });
  stubSignedInUser({ connections: [ended, ...others] });
  await openLoaded();
  expect(await screen.findByText(label)).toBeVisible();
});

const unknownState = () => {
  const known = pending(false);
  return HttpResponse.json({ ...known, providers: { plaid: { ...known.providers.plaid, state_unknown: true } } });
};

test.each([
  ["a state that can't be read now", unknownState, "Checking for new data…"],
  ["a poll that fails", () => HttpResponse.json({}, { status: 404 }), "Your data can’t be checked right now"],
])("%s is not shown as up to date", async (_name, respond, text) => {
  stubSignedInUser();
  stubRoute("get", "/pending-updates", respond);
  await openLoaded();
  await screen.findByText(text, { exact: false, selector: ".freshness span" });
  expect(document.body).not.toHaveTextContent(/up to date/i);
});

test("an item that could not be stored is shown as such", async () => {
  stubSignedInUser({ connections: [connection({ status: "revoked", status_reason: "not_stored" })] });
  await openLoaded();
  const text = "First Platypus Bank was not connected: something went wrong on our side.";
  expect(await screen.findByText(text, { selector: "strong" })).toBeVisible();
});

test("a connection that repeats another one offers to remove the older one", async () => {
  const newer = connection({ source_id: "item-2", duplicate_of: "item-1" });
  stubSignedInUser({ connections: [connection(), newer] });
  const requests = stubRoute("delete", "/plaid/items/:id", () => new HttpResponse(null, { status: 204 }));
  await openLoaded();
  const notes = await screen.findByRole("list", { name: "Connected twice" });
  expect(notes).toHaveTextContent("First Platypus Bank is connected twice.");
  await userEvent.click(within(notes).getByRole("button", { name: "Keep only the newer one" }));
  await waitFor(() => expect(requests.map(({ url }) => new URL(url).pathname)).toEqual(["/plaid/items/item-1"]));
});

test("an older connection with further accounts is not offered for removal", async () => {
  const newer = connection({ source_id: "item-2", duplicate_of: "item-1", unmatched_accounts: ["Joint", "IRA"] });
  stubSignedInUser({ connections: [connection(), newer] });
  await openLoaded();
  const notes = await screen.findByRole("list", { name: "Connected twice" });
  expect(notes).toHaveTextContent("Removing the older connection would also remove Joint, IRA.");
  expect(within(notes).queryByRole("button")).not.toBeInTheDocument();
});

test("ended access leads to the connections, and is no banner", async () => {
  stubSignedInUser({ connections: [connection({ status: "revoked", status_reason: "gone" })] });
  await openLoaded();
  await userEvent.click(screen.getByRole("button", { name: "Details" }));
  const states = screen.getByRole("list", { name: "Age of each connection’s data" });
  expect(states).toHaveTextContent("Access has ended");
  expect(within(states).getByRole("link", { name: "Connections" })).toHaveAttribute("href", "#connections");
  expect(screen.queryByRole("region", { name: "Reconnect needed" })).not.toBeInTheDocument();
});

test.each([
  ["plaid", "/plaid/create-connection-url", { reconnect: "item-1" }],
  ["snaptrade", "/api/snaptrade/create-connection-url", {}],
] as const)("connecting again where access of %s has ended", async (provider, path, sent) => {
  stubSignedInUser({ connections: [connection({ provider, status: "revoked", status_reason: "gone" })] });
  const requests = stubRoute("post", path, () => problemResponse(503, "not-configured"));
  await openLoaded();
  await userEvent.click(await screen.findByRole("button", { name: "Connect again First Platypus Bank" }));
  await waitFor(() => expect(requests.length).toBeGreaterThan(0));
  const { redirect_uri, ...body } = await (requests[0] as Request).json();
  expect(body).toEqual(sent);
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
  const reconnect = within(notice).getByRole("button", { name: "Reconnect Questrade" });
  await userEvent.click(reconnect);
  const dialog = await screen.findByRole("dialog", { name: "Questrade has to be connected anew" });
  expect(dialog).toHaveTextContent("This disconnects Questrade here.");
  await userEvent.click(within(dialog).getByRole("button", { name: "Cancel" }));
  expect(dialog).not.toBeInTheDocument();
  expect(reconnect).toHaveFocus();
  expect(requests).toHaveLength(0);
  await userEvent.click(reconnect);
  await userEvent.click(screen.getByRole("button", { name: "Connect anew" }));
  await waitFor(() => expect(requests).toHaveLength(1));
  expect(await requests[0]?.json()).toMatchObject({ replace: true });
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
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
