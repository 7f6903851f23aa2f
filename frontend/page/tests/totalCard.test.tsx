import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { account, CONVERTED, connection, FETCHED, holding, point, portfolio, rate } from "./support/factories.ts";
import { openLoaded } from "./support/page.tsx";
import { stubRoute, stubSignedInUser } from "./support/server.ts";

const CAD = holding({ ticker: "XIC", currency: "CAD", value: 5436.57, source_id: "c-2", provider: "snaptrade" });
const figure = () => document.querySelector(".total__figure");
const card = () => within(screen.getByRole("region", { name: "Total value" }));

async function openWith(overrides: Parameters<typeof portfolio>[0]) {
  stubSignedInUser({ held: portfolio(overrides) });
  await openLoaded();
}

test("the converted total is marked, with its date and citation; its rates are one click away", async () => {
  await openWith({ converted: CONVERTED });
  expect(figure()).toHaveTextContent("≈ $2,386.21");
  const summary = card().getByText(/^Converted at rates of/);
  expect(summary).toHaveTextContent("Converted at rates of Feb 18, 2026 Source: ECB statistics");
  const rates = card().getByRole("table", { name: "Exchange rates of the total", hidden: true });
  expect(rates).not.toBeVisible();
  await userEvent.click(summary);
  expect(rates).toBeVisible();
  const rows = within(rates).getAllByRole("row").slice(1);
  expect(rows.map((row) => row.textContent)).toEqual(["CADCA$100.000.7221Feb 18, 2026ECB statistics", "USD$2,314.00—"]);
});

test("a stale and partial total says so in words, with all dates", async () => {
  const rates = [rate({ date: "2026-02-11" }), rate()];
  await openWith({ converted: { ...CONVERTED, rates, stale: true, partial: true, unconverted: { BTC: 0.5, XXX: 0 } } });
  expect(card().getByText(/^Converted at rates of/)).toHaveTextContent("Feb 11, 2026 – Feb 18, 2026");
  expect(card().getByText("Converted at old exchange rates")).toBeVisible();
  expect(card().getByText("Without BTC 0.50, for which there is no exchange rate")).toBeVisible();
});

test("a total in its own currency is exact: no mark and no rates", async () => {
  await openWith({ converted: { ...CONVERTED, value: 2314, rates: [rate({ from: "USD", rate: 1, date: null })] } });
  expect(figure()).toHaveTextContent(/^\$2,314\.00$/);
  expect(document.body).not.toHaveTextContent("≈");
  expect(document.body).not.toHaveTextContent("Converted");
});

test.each([
  ["no_rates", "There is no total in one currency yet, as there are no exchange rates yet."],
  ["rates_off", "There is no total in one currency, as currencies are not converted here."],
  ["rates_unavailable", /right now, as the exchange rates can’t be loaded/],
  ["currency_without_rates", /There are no exchange rates for US Dollar/],
  ["something_new", "There is no total in US Dollar right now."],
])("without a total for %s, the exact ones are listed with the reason", async (reason, text) => {
  const converted = { ...CONVERTED, value: null, rates: [], reason };
  await openWith({ holdings: [CAD, holding()], totals: { CAD: 5436.57, USD: 2314 }, total: 2314, converted });
  expect(figure()).toHaveTextContent(/^\$2,314\.00$/);
  expect(card().getByRole("list", { name: "Totals in other currencies" })).toHaveTextContent(
    /^CA\$5,436\.57 Canadian Dollar$/,
  );
  expect(card().getByText(text)).toBeVisible();
  expect(document.body).not.toHaveTextContent("7,750.57");
});

test("an older server's totals are shown by currency", async () => {
  await openWith({ holdings: [CAD, holding()], totals: { CAD: 5436.57, USD: 2314 }, total: 2314 });
  expect(figure()).toHaveTextContent(/^\$2,314\.00$/);
  expect(screen.queryByRole("combobox", { name: "Currency of the total" })).not.toBeInTheDocument();
});

describe("the currency switch", () => {
  const inEuro = { ...CONVERTED, currency: "EUR", value: 2207.5, rates: [rate({ from: "USD", to: "EUR" })] };
  const stub = () => {
    stubSignedInUser();
    return stubRoute(
      "get",
      "/holdings",
      () => HttpResponse.json(portfolio({ converted: CONVERTED })),
      () => HttpResponse.json(portfolio({ converted: inEuro })),
    );
  };
  const searches = (requests: Request[]) => requests.map(({ url }) => new URL(url).search);

  test("loads the holdings in the chosen currency, and keeps the choice", async () => {
    const requests = stub();
    const { unmount } = await openLoaded();
    const currency = screen.getByRole("combobox", { name: "Currency of the total" });
    expect(currency).toHaveValue("USD");
    await userEvent.selectOptions(currency, "EUR");
    await waitFor(() => expect(figure()).toHaveTextContent("≈ €2,207.50"));
    unmount();
    await openLoaded();
    expect(screen.getByRole("combobox", { name: "Currency of the total" })).toHaveValue("EUR");
    expect(searches(requests)).toEqual(["", "?currency=EUR", "?currency=EUR"]);
  });

  test("ignores a stored currency that no server accepts", async () => {
    localStorage.setItem("tidings:currency", "DEM");
    const requests = stub();
    await openLoaded();
    expect(searches(requests)).toEqual([""]);
  });
});

test("the total gain is of the holdings with a known cost, and says which are missing", async () => {
  await openWith({ holdings: [holding(), holding({ ticker: "X", cost_basis: null })], converted: CONVERTED });
  const gain = card().getByText("Total gain").nextSibling;
  expect(gain).toHaveTextContent("+$314.00 (+15.7%)Without 1 holding of unknown cost");
});

describe("the history", () => {
  const stubHistory = (points: ReturnType<typeof point>[], events: object[] = []) => {
    stubSignedInUser({ held: portfolio({ converted: CONVERTED }) });
    return stubRoute("get", "/holdings/history", () => HttpResponse.json({ sources: [], points, events }));
  };
  const DAYS = [point("2026-02-16", 2000), point("2026-02-17", 2100), point("2026-02-19", 2058, { complete: false })];

  test("tells the change between the last two observed days", async () => {
    stubHistory(DAYS);
    const set = { at: FETCHED, provider: "plaid", source_id: "item-1", removed: 0, rows: [] };
    const changes = [
      { ...set, added: 1, quantity_changed: 2 },
      { ...set, at: "2026-02-17T14:03:00Z", added: 9, quantity_changed: 9 },
    ];
    stubRoute("get", "/holdings/changes", () => HttpResponse.json({ changes }));
    await openLoaded();
    const change = await card().findByText("Change since Feb 17, 2026");
    expect(change.nextSibling).toHaveTextContent("-$42.00 (-2.0%)");
    expect(await card().findByText("Includes 3 positions that changed")).toBeVisible();
  });

  test("counts an added connection as no gain, and marks it", async () => {
    const event = { kind: "added", at: "2026-02-18T10:00:00Z", provider: "plaid", source_id: "item-1" };
    stubHistory(DAYS, [event]);
    await openLoaded();
    const change = await card().findByText("Change since Feb 17, 2026");
    expect(change.nextSibling).toHaveTextContent("Not comparable: a connection or a currency came or went");
    const events = card().getByRole("list", { name: "Connections added and removed" });
    expect(events).toHaveTextContent("First Platypus Bank added on Feb 18, 2026");
  });

  test("is shown by a slider, day by day, and as a table", async () => {
    stubHistory(DAYS);
    await openLoaded();
    const slider = await card().findByRole("slider", { name: "Value over time, 3 days. Arrow keys choose a day." });
    expect(slider).toHaveAttribute("aria-valuetext", "Feb 19, 2026: $2,058.00 · partly from earlier data");
    fireEvent.change(slider, { target: { value: 0 } });
    expect(slider).toHaveAttribute("aria-valuetext", "Feb 16, 2026: $2,000.00");
    await userEvent.click(card().getByText("Show as a table"));
    const table = await within(screen.getByRole("region", { name: "Show as a table" })).findByRole("table");
    expect(
      within(table)
        .getAllByRole("rowheader")
        .map((cell) => cell.textContent),
    ).toEqual(["Feb 19, 2026", "Feb 17, 2026", "Feb 16, 2026"]);
  });

  test("of a single day is no line", async () => {
    stubHistory(DAYS.slice(0, 1));
    await openLoaded();
    expect(await card().findByText(/^Your line begins today/)).toBeVisible();
    expect(card().queryByRole("slider")).not.toBeInTheDocument();
  });

  test("that can't be loaded leaves the figures", async () => {
    stubHistory(DAYS);
    stubRoute("get", "/holdings/history", () => HttpResponse.json({}, { status: 404 }));
    await openLoaded();
    expect(await card().findByText("Your history can’t be loaded right now.")).toBeVisible();
    expect(figure()).toHaveTextContent("≈ $2,386.21");
  });
});

test("an account's header has each currency that it holds", async () => {
  const shared = { account_id: "account-1", source_id: "item-1" };
  await openWith({
    holdings: [holding(), { ...CAD, ...shared, sources: [{ ...CAD.sources[0], ...shared }] as never }],
  });
  const header = screen.getByRole("button", { name: /^Brokerage ••4310/ });
  expect(header).toHaveTextContent("$2,314.00CA$5,436.57");
});

test("recent changes name the connection, the time and the quantities", async () => {
  stubSignedInUser({ held: portfolio({ accounts: [account()] }), connections: [connection()] });
  const row = { change: "quantity_changed", provider: "plaid", source_id: "item-1", account_id: "account-1" };
  const rows = [{ ...row, ticker: "VTI", name: null, currency: "USD", quantity_before: 60.5, quantity_after: 62 }];
  const set = { at: FETCHED, provider: "plaid", source_id: "item-1", added: 0, removed: 0, quantity_changed: 3, rows };
  const earlier = [1, 2, 3, 4].map((day) => ({ ...set, at: `2026-02-0${day}T14:03:00Z` }));
  stubRoute("get", "/holdings/changes", () => HttpResponse.json({ changes: [set, ...earlier] }));
  await openLoaded();
  const [list] = await screen.findAllByRole("list", { name: "Changes at First Platypus Bank" });
  expect(list).toHaveTextContent("ChangedVTIBrokerageBefore:60.5→After:62");
  expect(screen.getAllByText("and 2 more")).toHaveLength(3);
  await userEvent.click(screen.getByRole("button", { name: "Show 2 earlier updates" }));
  expect(screen.getAllByText("and 2 more")).toHaveLength(5);
});
