import { screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { type HoldingRow, HoldingsTable } from "@tidings/react";
import { cash, holding, share } from "../support/factories.js";
import { CONTRACT, cells, OPTION, renderTable, titles } from "../support/holdingsTable.js";

/** Create a holding for each day of its price. */
const days = (...all: (string | null)[]) =>
  all.map((price_as_of, number) => holding({ ticker: `T${number}`, price_as_of }));

test("unknown numbers are shown as a dash, not as zero", () => {
  renderTable();
  expect(cells("XYZ").slice(1)).toEqual(["—", "—10 × ——", "—"]);
});

test("each amount is in its own currency, and gains have a sign", () => {
  renderTable([
    holding({ currency: "CAD", value: 1500.5, cost_basis: 2000, price: 0.1234 }),
    holding({ ticker: "ETH", currency: "XXX" }),
  ]);
  const gain = "-CA$499.50 -25.0%";
  expect(cells("AAPL")).toEqual(["10", "CA$0.1234", `CA$1,500.5010 × CA$0.1234${gain}`, gain]);
  expect(cells("ETH")[2]).toContain("2,314.00");
});

test.each([
  [2000, "+$314.00 +15.7%", "tidings-up"],
  [2314, "$0.00 0.0%", ""],
  [2500, "-$186.00 -7.4%", "tidings-down"],
  [0, "+$2,314.00 ", "tidings-up"],
  [-2000, "+$4,314.00 ", "tidings-up"],
])("a gain over a cost of %s is shown as %j", (cost_basis, gain, colour) => {
  renderTable([holding({ cost_basis })]);
  expect(cells("AAPL")[3]).toBe(gain);
  expect(document.querySelector("td.tidings-col-gain > span")?.className).toBe(colour);
});

test("an option is shown as its contract", () => {
  renderTable([OPTION]);
  expect(screen.getByRole("rowheader")).toHaveTextContent("AAPL $300 CallOption · expires Jan 21, 2028");
  const [quantity, price, value] = cells("AAPL $300 Call");
  expect([quantity, price]).toEqual(["2contracts × 100", "$21.35"]);
  expect(value).toContain("2 contracts · $21.35");
});

test.each([
  [{ contracts: null, multiplier: null }, "200shares"],
  [{ contracts: null, multiplier: 100 }, "200shares"],
  [{ contracts: 1, multiplier: null }, "1contract"],
])("an option of which only a part is known (%j) shows %j", (known, shown) => {
  renderTable([{ ...OPTION, option: { ...CONTRACT, ...known } }]);
  expect(cells("AAPL $300 Call")[0]).toBe(shown);
});

test("a future shows what one contract stands for, and has no value", () => {
  renderTable([
    holding({ ticker: "ESZ6", type: "derivative", quantity: 2, multiplier: 50, value: null, cost_basis: null }),
  ]);
  expect(cells("ESZ6")[0]).toBe("2× 50 units");
  expect(cells("ESZ6")[2]).toMatch(/^—/);
});

test("an unknown quantity is said to be unknown, and sorted last", async () => {
  renderTable([holding({ ticker: "GRANT", quantity: null }), holding()]);
  expect(cells("GRANT")[0]).toBe("—unknown");
  await userEvent.click(screen.getByRole("button", { name: "Quantity" }));
  expect(titles()).toEqual(["AAPL", "GRANT"]);
});

test.each([
  [6000, "4060 more not vested yet ($6,000.00)"],
  [null, "4060 more not vested yet"],
])("what is not vested stands beside the quantity, worth %j", (unvested_value, shown) => {
  renderTable([holding({ quantity: 40, value: 4000, unvested_quantity: 60, unvested_value })]);
  expect(cells("AAPL")[0]).toBe(shown);
  expect(cells("AAPL")[2]).toMatch(/^\$4,000\.00/);
});

test.each([null, 0])("with %j not vested, nothing is said of it", (unvested_quantity) => {
  renderTable([holding({ unvested_quantity })]);
  expect(cells("AAPL")[0]).toBe("10");
});

test("bonds of one issuer differ by coupon and maturity", () => {
  renderTable([
    holding({ ticker: null, name: "US Treasury", type: "fixed_income", coupon: 4.25, maturity: "2030-01-15" }),
  ]);
  expect(screen.getByRole("rowheader")).toHaveTextContent("US TreasuryFixed income · 4.25 % · until Jan 15, 2030");
});

test("a valuation has an asterisk, one footnote for all, and its own note in the expanded row", async () => {
  const detail = "The price is per 100 of face value, as the account's total confirms.";
  const valuation = { reading: "per_100", by: "total", detail } as const;
  renderTable([holding({ valuation }), holding({ ticker: "VTI", valuation })]);
  expect(cells("AAPL")[2]).toMatch(/^\$2,314\.00\*/);
  expect(screen.getByText(/^\* Your broker’s figures/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: /^AAPL/ }));
  expect(screen.getByText(`* ${detail}`)).toBeVisible();
});

test("one valuation among others has the footnote", () => {
  renderTable([holding(), holding({ ticker: "VTI", valuation: { reading: "per_100", by: "total", detail: "x" } })]);
  expect(screen.getByText(/^\* Your broker’s figures/)).toBeVisible();
  expect(cells("AAPL")[2]).not.toContain("*");
});

test("without a valuation there is no footnote", () => {
  renderTable([holding()]);
  expect(screen.queryByText(/^\*/)).not.toBeInTheDocument();
});

test("cash has a value, but no quantity and no price", () => {
  renderTable([cash("USD", 975.65)]);
  expect(cells("USD cash")).toEqual(["", "", "$975.65", ""]);
});

test("cash shows its account, or the number of accounts", () => {
  const shared = { ...cash("CAD", 12), sources: [share(), share({ account_id: "account-2", account_name: "Margin" })] };
  renderTable([cash("USD", 975.65), shared]);
  expect(screen.getByRole("rowheader", { name: /^USD cash/ })).toHaveTextContent(/Brokerage$/);
  expect(screen.getByRole("rowheader", { name: /^CAD cash/ })).toHaveTextContent(/2 accounts$/);
});

test("the day that most prices have is stated once, and another one in its row", () => {
  renderTable([
    holding(),
    holding({ ticker: "VTI" }),
    holding({ ticker: "OLD", price_as_of: "2026-02-12" }),
    cash("USD", 1),
  ]);
  expect(screen.getByText("Prices as of Feb 19, 2026, unless a row shows another date.")).toBeVisible();
  expect(cells("OLD")[1]).toBe("$231.40Feb 12, 2026");
  expect(cells("OLD")[2]).toContain("$231.40Feb 12, 2026");
  expect(cells("AAPL")[1]).toBe("$231.40");
});

test.each([
  ["an unknown price", { price: null, price_as_of: "2026-02-12" }, "—"],
  ["a price without a day", { price_as_of: null }, "$231.40"],
  ["a price with the time of that day", { price_as_of: "2026-02-19T14:03:00Z" }, "$231.40"],
])("%s has no other day in its row", (_price, overrides, shown) => {
  renderTable([holding(), holding({ ticker: "VTI" }), holding({ ticker: "OTHER", ...overrides })]);
  expect(cells("OTHER")[1]).toBe(shown);
});

test.each<[string, HoldingRow[], string | null]>([
  ["most prices", days("2026-02-19", "2026-02-12", "2026-02-12T23:00:00Z", "2026-02-19", "2026-02-19"), "Feb 19, 2026"],
  [
    "securities, not of cash",
    [holding(), ...Array(3).fill({ ...cash("USD", 1), price_as_of: "2026-01-01" })],
    "Feb 19, 2026",
  ],
  ["what has one", days(null, null, null, "2026-02-12"), "Feb 12, 2026"],
  ["nothing", days(null), null],
  ["cash alone", [cash("USD", 1)], null],
])("the day below the table is that of %s", (_what, holdings, day) => {
  renderTable(holdings);
  expect(screen.queryByText(/^Prices as of/)?.textContent ?? null).toBe(
    day && `Prices as of ${day}, unless a row shows another date.`,
  );
});

test("the widths of decimals follow the holdings", () => {
  const { rerender } = renderTable([holding({ quantity: 62.125 })]);
  rerender(<HoldingsTable holdings={[holding({ quantity: 62.5 })]} locale="en-US" />);
  expect(screen.getByRole("table").style.getPropertyValue("--tidings-tail-quantity")).toBe("1.6ch");
});

test("a row has its ticker, or else its title, as data", () => {
  renderTable([holding(), holding({ ticker: null, name: "US Treasury" })]);
  const rows = [...document.querySelectorAll("tbody tr")];
  expect(rows.map((row) => row.getAttribute("data-ticker"))).toEqual(["AAPL", "US Treasury"]);
});

test("amounts have their decimals in a part of their own, as wide as the longest of the column", () => {
  renderTable([holding({ quantity: 62.125 }), holding({ ticker: "VTI", price: 1.0125 })]);
  const { style } = screen.getByRole("table");
  expect(style.getPropertyValue("--tidings-tail-quantity")).toBe("3.6ch");
  expect(style.getPropertyValue("--tidings-tail-price")).toBe("4.6ch");
  expect([...document.querySelectorAll(".tidings-col-quantity .tidings-tail")].map((tail) => tail.textContent)).toEqual(
    [".125", ""],
  );
});

test("a share of an option is counted in contracts", async () => {
  renderTable([{ ...OPTION, sources: [share({ quantity: 100 })] }]);
  await userEvent.click(screen.getByRole("button", { name: /^AAPL/, expanded: false }));
  expect(screen.getByRole("list", { name: "AAPL $300 Call by account" })).toHaveTextContent("1 contract as of");
});
