import { act, render, renderHook, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { type Catalogue, type HoldingRow, HoldingsTable, useHoldingsTable } from "@tidings/react";
import { LocaleContext } from "../../src/hooks/localization.js";
import { en } from "../../src/locales/en.js";
import { cash, holding } from "../support/factories.js";
import { CONTRACT, HELD, OPTION, titles } from "../support/holdingsTable.js";

const openTable = (holdings: readonly HoldingRow[] = HELD) =>
  renderHook((rows: readonly HoldingRow[]) => useHoldingsTable(rows), { initialProps: holdings });
type Opened = ReturnType<typeof openTable>;
const shown = ({ result }: Opened) => result.current.rows.map(({ title }) => title);
const idsByTicker = (holdings: HoldingRow[], name: (holding: HoldingRow) => unknown) =>
  new Map(openTable(holdings).result.current.rows.map(({ holding, id }) => [name(holding), id]));

test("a table starts with the largest value, without a search and with no row open", () => {
  const { current } = openTable().result;
  expect(current).toMatchObject({ sort: { key: "value", descending: true }, query: "", total: 3, holdings: HELD });
  expect(current.expanded.size).toBe(0);
});

test.each<[keyof HoldingRow, unknown, unknown]>([
  ["currency", "USD", "CAD"],
  ["isin", "US0378331005", "CA0000000000"],
  ["cusip", "037833100", "000000000"],
  ["ticker", "AAPL", "APC"],
  ["exchange", "XNAS", "XFRA"],
  ["name", "First fund", "Second fund"],
])("rows that differ by %s keep their ids in any order", (field, one, other) => {
  const ticker = field === "name" ? null : "AAPL";
  const rows = [holding({ ticker, [field]: one }), holding({ ticker, [field]: other })];
  const ids = idsByTicker(rows, (row) => row[field]);
  expect(new Set(ids.values()).size).toBe(2);
  expect(idsByTicker(rows.toReversed(), (row) => row[field])).toEqual(ids);
});

test("a row keeps its id if its ticker changes, but not its ISIN or CUSIP", () => {
  for (const known of [{ isin: "US0378331005" }, { cusip: "037833100" }]) {
    const [before, after] = ["AAPL", "APC"].map((ticker) => {
      const named = holding({ ...known, option: { ...CONTRACT, contracts: 1, multiplier: 100 }, ticker });
      return openTable([named]).result.current.rows[0]?.id;
    });
    expect(after).toBe(before);
  }
});

test("identical rows have ids of their own", () => {
  const { rows } = openTable([holding(), holding(), holding()]).result.current;
  expect(new Set(rows.map(({ id }) => id)).size).toBe(3);
});

test("several rows can be open, and each closes by itself", () => {
  const table = openTable();
  const [first, second] = table.result.current.rows.map(({ id }) => id) as [string, string];
  act(() => table.result.current.toggle(first));
  act(() => table.result.current.toggle(second));
  expect([...table.result.current.expanded]).toEqual([first, second]);
  act(() => table.result.current.toggle(first));
  expect([...table.result.current.expanded]).toEqual([second]);
});

test.each([
  ["name", ["AAPL", "MSFT", "XYZ"], ["XYZ", "MSFT", "AAPL"]],
  ["quantity", ["MSFT", "AAPL", "XYZ"], ["AAPL", "XYZ", "MSFT"]],
  ["price", ["MSFT", "AAPL", "XYZ"], ["AAPL", "MSFT", "XYZ"]],
  ["gain", ["AAPL", "MSFT", "XYZ"], ["MSFT", "AAPL", "XYZ"]],
] as const)("a table is sorted by %s, and the other way round by a second click", (key, once, twice) => {
  const table = openTable();
  act(() => table.result.current.sortBy(key));
  expect(table.result.current.sort).toEqual({ key, descending: key !== "name" });
  expect(shown(table)).toEqual(once);
  act(() => table.result.current.sortBy(key));
  expect(shown(table)).toEqual(twice);
});

test("equal amounts are sorted by name in both directions", () => {
  const table = openTable(["C", "A", "B"].map((ticker) => holding({ ticker })));
  expect(shown(table)).toEqual(["A", "B", "C"]);
  act(() => table.result.current.setSort({ key: "value", descending: false }));
  expect(shown(table)).toEqual(["A", "B", "C"]);
});

test("unknown amounts stay behind the known ones, wherever they are given", () => {
  const unknown = { value: null, cost_basis: null };
  const rows = [holding({ ticker: "N1", ...unknown }), holding(), holding({ ticker: "N2", ...unknown })];
  for (const [given, order] of [
    [rows, ["AAPL", "N1", "N2"]],
    [rows.toReversed(), ["AAPL", "N2", "N1"]],
  ] as const) {
    const table = openTable(given);
    expect(shown(table)).toEqual(order);
    act(() => table.result.current.setSort({ key: "value", descending: false }));
    expect(shown(table)).toEqual(order);
  }
});

test("a gain without a value or a cost is unknown", () => {
  const rows = [holding({ value: null }), holding({ cost_basis: null }), holding({ value: 10, cost_basis: 30 })];
  const gains = openTable(rows).result.current.rows.map(({ gain }) => gain);
  expect(gains.toSorted()).toEqual([-20, null, null]);
});

test("quantities are compared across currencies, and options by their contracts", () => {
  const table = openTable([
    holding({ ticker: "TEN", currency: "CAD", quantity: 10 }),
    { ...OPTION, quantity: 1100, option: { ...CONTRACT, contracts: 11, multiplier: 100 } },
    holding({ ticker: "NINE", currency: "EUR", quantity: 9 }),
    holding({ ticker: "MORE", currency: "USD", quantity: 12 }),
  ]);
  act(() => table.result.current.sortBy("quantity"));
  expect(shown(table)).toEqual(["MORE", "AAPL $300 Call", "TEN", "NINE"]);
});

test("numbers in names are compared as numbers, and case makes no difference", () => {
  const names = ["fund 10", "Fund 9", "FUND 2", "Fund 2"];
  const table = openTable(names.map((name) => holding({ ticker: null, name })));
  act(() => table.result.current.sortBy("name"));
  expect(shown(table)).toEqual(["FUND 2", "Fund 2", "Fund 9", "fund 10"]);
  act(() => table.result.current.sortBy("name"));
  expect(shown(table)).toEqual(["fund 10", "Fund 9", "FUND 2", "Fund 2"]);
});

const swedish: Catalogue = { ...en, language: "sv" };

test("names are sorted as the language sorts them, also once it changes", async () => {
  const rows = ["Zeta", "Öre"].map((name) => holding({ ticker: null, name }));
  const page = (locale: string) => (
    <LocaleContext.Provider value={{ locale, catalogues: [swedish] }}>
      <HoldingsTable holdings={rows} />
    </LocaleContext.Provider>
  );
  const { rerender } = render(page("en"));
  await userEvent.click(screen.getByRole("button", { name: "Holding" }));
  expect(titles()).toEqual(["Öre", "Zeta"]);
  rerender(page("sv"));
  expect(titles()).toEqual(["Zeta", "Öre"]);
});

test("words of a search may be apart, in any case", () => {
  const table = openTable();
  act(() => table.result.current.setQuery("  MICROSOFT \t usd "));
  expect(shown(table)).toEqual(["MSFT"]);
  expect(table.result.current).toMatchObject({ total: 3, query: "  MICROSOFT \t usd " });
  act(() => table.result.current.setQuery("   "));
  expect(shown(table)).toHaveLength(3);
});

test("a search does not find words across two fields", () => {
  const table = openTable([holding({ ticker: "AB", name: "CD", isin: "EF" })]);
  act(() => table.result.current.setQuery("usdb"));
  expect(shown(table)).toEqual([]);
});

test("the rows are the same objects until the holdings change", () => {
  const table = openTable();
  const { rows } = table.result.current;
  table.rerender(HELD);
  expect(table.result.current.rows).toBe(rows);
  table.rerender([holding({ ticker: "VTI" })]);
  expect(shown(table)).toEqual(["VTI"]);
  expect(table.result.current.total).toBe(1);
});

test("the day of most prices follows the holdings", () => {
  const table = openTable([holding()]);
  expect(table.result.current.priceDay).toBe("2026-02-19");
  table.rerender([holding({ price_as_of: "2026-02-20T10:00:00Z" }), cash("USD", 1)]);
  expect(table.result.current.priceDay).toBe("2026-02-20");
});
