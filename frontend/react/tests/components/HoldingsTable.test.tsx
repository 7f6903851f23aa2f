import { configure, fireEvent, render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HoldingsTable } from "@tidings/react";
import { cash, holding, manyHoldings, share } from "../support/factories.js";

// Nothing is hidden here, and to look for it in thousands of cells takes long.
configure({ defaultHidden: true });

const CONTRACT = { underlying: "AAPL", kind: "call", strike: 300, expiry: "2028-01-21", root: "AAPL" } as const;
const OPTION = holding({
  ticker: "AAPL280121C00300000",
  name: "AAPL Jan 21 2028 300 CALL",
  type: "option",
  quantity: 200,
  price: 21.35,
  value: 4270,
  cost_basis: 3610,
  option: { ...CONTRACT, contracts: 2, multiplier: 100 },
});
const HELD = [
  holding(),
  holding({ ticker: "MSFT", name: "Microsoft", value: 5137.8, cost_basis: 6000, quantity: 12, price: 428.15 }),
  holding({ ticker: "XYZ", name: "Unpriced", price: null, value: null, cost_basis: null }),
];

const table = (holdings = HELD) => render(<HoldingsTable holdings={holdings} locale="en-US" />);
const titles = () => screen.getAllByRole("rowheader").map((cell) => cell.querySelector("strong")?.textContent);
const header = (name: string) => screen.getByRole("columnheader", { name });
const cells = (title: string) => {
  const row = screen.getAllByRole("row").find((one) => one.querySelector("strong")?.textContent === title);
  return within(row as HTMLElement)
    .getAllByRole("cell")
    .map((cell) => cell.textContent);
};

test("rows are sorted by value, and unknown values come last in both directions", async () => {
  table();
  expect(titles()).toEqual(["MSFT", "AAPL", "XYZ"]);
  expect(header("Value")).toHaveAttribute("aria-sort", "descending");
  await userEvent.click(screen.getByRole("button", { name: "Value" }));
  expect(titles()).toEqual(["AAPL", "MSFT", "XYZ"]);
  expect(header("Value")).toHaveAttribute("aria-sort", "ascending");
});

test("names are sorted from A by keyboard, and only one column has aria-sort", async () => {
  table();
  screen.getByRole("button", { name: "Holding" }).focus();
  await userEvent.keyboard("{Enter}");
  expect(titles()).toEqual(["AAPL", "MSFT", "XYZ"]);
  expect(header("Holding")).toHaveAttribute("aria-sort", "ascending");
  expect(header("Value")).not.toHaveAttribute("aria-sort");
});

test.each([
  ["aapl", ["AAPL"]],
  ["micro soft", ["MSFT"]],
  ["brokerage", ["MSFT", "AAPL", "XYZ"]],
  ["nothing like that", []],
])("a search for %j shows %j", async (query, left) => {
  table();
  await userEvent.type(screen.getByRole("searchbox", { name: "Search holdings" }), query);
  expect(screen.queryAllByRole("rowheader").map((cell) => cell.querySelector("strong")?.textContent)).toEqual(left);
  expect(screen.getByRole("status")).toHaveTextContent(
    left.length === 3 ? "3 holdings" : `${left.length} of 3 holdings`,
  );
});

test("a search without a match shows a notice", async () => {
  table();
  await userEvent.type(screen.getByRole("searchbox"), "zzz");
  expect(screen.getByText("Nothing matches “zzz”.")).toBeVisible();
});

test("unknown numbers are shown as a dash, not as zero", () => {
  table();
  expect(cells("XYZ").slice(1)).toEqual(["—", "—10 × ——", "—"]);
});

test("each amount is in its own currency, and gains have a sign", () => {
  table([
    holding({ currency: "CAD", value: 1500.5, cost_basis: 2000, price: 0.1234 }),
    holding({ ticker: "ETH", currency: "XXX" }),
  ]);
  const gain = "-CA$499.50 -25.0%";
  expect(cells("AAPL")).toEqual(["10", "CA$0.1234", `CA$1,500.5010 × CA$0.1234${gain}`, gain]);
  expect(cells("ETH")[2]).toContain("2,314.00");
});

test("an option is shown as its contract", () => {
  table([OPTION]);
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
  table([{ ...OPTION, option: { ...CONTRACT, ...known } }]);
  expect(cells("AAPL $300 Call")[0]).toBe(shown);
});

test("a future shows what one contract stands for, and has no value", () => {
  table([holding({ ticker: "ESZ6", type: "derivative", quantity: 2, multiplier: 50, value: null, cost_basis: null })]);
  expect(cells("ESZ6")[0]).toBe("2× 50 units");
  expect(cells("ESZ6")[2]).toMatch(/^—/);
});

test("an unknown quantity is said to be unknown, and sorted last", async () => {
  table([holding({ ticker: "GRANT", quantity: null }), holding()]);
  expect(cells("GRANT")[0]).toBe("—unknown");
  await userEvent.click(screen.getByRole("button", { name: "Quantity" }));
  expect(titles()).toEqual(["AAPL", "GRANT"]);
});

test.each([
  [6000, "4060 more not vested yet ($6,000.00)"],
  [null, "4060 more not vested yet"],
])("what is not vested stands beside the quantity, worth %j", (unvested_value, shown) => {
  table([holding({ quantity: 40, value: 4000, unvested_quantity: 60, unvested_value })]);
  expect(cells("AAPL")[0]).toBe(shown);
  expect(cells("AAPL")[2]).toMatch(/^\$4,000\.00/);
});

test.each([null, 0])("with %j not vested, nothing is said of it", (unvested_quantity) => {
  table([holding({ unvested_quantity })]);
  expect(cells("AAPL")[0]).toBe("10");
});

test("bonds of one issuer differ by coupon and maturity", () => {
  table([holding({ ticker: null, name: "US Treasury", type: "fixed_income", coupon: 4.25, maturity: "2030-01-15" })]);
  expect(screen.getByRole("rowheader")).toHaveTextContent("US TreasuryFixed income · 4.25 % · until Jan 15, 2030");
});

test("a valuation has an asterisk, one footnote for all, and its own note in the expanded row", async () => {
  const detail = "The price is per 100 of face value, as the account's total confirms.";
  const valuation = { reading: "per_100", by: "total", detail } as const;
  table([holding({ valuation }), holding({ ticker: "VTI", valuation })]);
  expect(cells("AAPL")[2]).toMatch(/^\$2,314\.00\*/);
  expect(screen.getByText(/^\* Your broker’s figures/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: /^AAPL/ }));
  expect(screen.getByText(`* ${detail}`)).toBeVisible();
});

test("without a valuation there is no footnote", () => {
  table([holding()]);
  expect(screen.queryByText(/^\*/)).not.toBeInTheDocument();
});

test("what has changed in a row is a word of its header", () => {
  render(
    <HoldingsTable
      holdings={[holding(), holding({ ticker: "VTI" })]}
      markChange={({ title }) => (title === "VTI" ? "New" : undefined)}
    />,
  );
  expect(screen.getByRole("rowheader", { name: /^VTI.?New/ })).toBeVisible();
  expect(screen.getByRole("rowheader", { name: /^AAPL/ })).not.toHaveTextContent("New");
});

test("cash has a value, but no quantity and no price", () => {
  table([cash("USD", 975.65)]);
  expect(cells("USD cash")).toEqual(["", "", "$975.65", ""]);
});

test("cash shows its account, or the number of accounts", () => {
  const shared = { ...cash("CAD", 12), sources: [share(), share({ account_id: "account-2", account_name: "Margin" })] };
  table([cash("USD", 975.65), shared]);
  expect(screen.getByRole("rowheader", { name: /^USD cash/ })).toHaveTextContent(/Brokerage$/);
  expect(screen.getByRole("rowheader", { name: /^CAD cash/ })).toHaveTextContent(/2 accounts$/);
});

test("an expanded row shows each account's share and its date", async () => {
  const shares = [
    share({ quantity: 6 }),
    share({ source_id: "c-2", account_name: "Margin", institution: "Questrade", provider: "snaptrade", value: null }),
  ];
  table([holding({ sources: shares })]);
  const button = screen.getByRole("button", { name: /^AAPL/, expanded: false });
  await userEvent.click(button);
  expect(button).toHaveAttribute("aria-expanded", "true");
  const items = within(screen.getByRole("list", { name: "AAPL by account" })).getAllByRole("listitem");
  expect(items.map((item) => item.textContent)).toEqual([
    expect.stringContaining("BrokerageFirst Platypus Bank$2,314.006 as of"),
    expect.stringContaining("MarginQuestrade—10 as of"),
  ]);
  expect(items[0]?.querySelector("time")).toHaveAttribute("datetime", "2026-02-19T14:03:00Z");
  await userEvent.click(button);
  expect(screen.queryByRole("list")).not.toBeInTheDocument();
});

test("a row stays expanded when a refresh changes its value", async () => {
  const { rerender } = table([holding()]);
  await userEvent.click(screen.getByRole("button", { name: /^AAPL/ }));
  rerender(<HoldingsTable holdings={[holding({ value: 1, account_name: "Other" })]} locale="en-US" />);
  expect(screen.getByRole("list", { name: "AAPL by account" })).toBeVisible();
});

test("identical rows are all shown", () => {
  table([holding(), holding()]);
  expect(screen.getAllByRole("rowheader")).toHaveLength(2);
});

const RATE = { from: "CAD", to: "USD", amount: 3000, rate: 0.7, date: "2026-02-18", source: "ecb", legs: [] };
const CONVERTED = {
  currency: "USD",
  value: 4414,
  rates: [RATE, { ...RATE, from: "USD", rate: 1, date: null, source: null }],
  unconverted: {},
  stale: false,
  partial: false,
  reason: null,
};
const SEVERAL = [
  holding({ ticker: "XIC", currency: "CAD", price: 300, value: 3000, cost_basis: 1000 }),
  holding({ ticker: "BTC", currency: "BTC", price: 9000, value: 9000, cost_basis: null }),
  holding(),
];

test.each(["Price", "Value", "Gain"])("the %s of several currencies is compared by the rates", async (column) => {
  render(<HoldingsTable holdings={SEVERAL} convertedTotal={CONVERTED} locale="en-US" />);
  if (column !== "Value") await userEvent.click(screen.getByRole("button", { name: column }));
  // 3,000 CAD are less than 2,314 USD, 300 CAD less than 231.40 USD; the gain of 2,000 CAD is above 314 USD.
  expect(titles()).toEqual(column === "Gain" ? ["XIC", "AAPL", "BTC"] : ["AAPL", "XIC", "BTC"]);
  expect(cells("XIC")[2]).toContain("CA$3,000.00≈ $2,100.00");
  expect(cells("AAPL")[2]).not.toContain("≈");
});

test("without rates, rows are grouped by currency, and never compared between two", async () => {
  table(SEVERAL);
  expect(titles()).toEqual(["BTC", "XIC", "AAPL"]);
  await userEvent.click(screen.getByRole("button", { name: "Value" }));
  expect(titles()).toEqual(["BTC", "XIC", "AAPL"]);
});

test("the day that most prices have is stated once, and another one in its row", () => {
  table([holding(), holding({ ticker: "VTI" }), holding({ ticker: "OLD", price_as_of: "2026-02-12" }), cash("USD", 1)]);
  expect(screen.getByText("Prices as of Feb 19, 2026, unless a row shows another date.")).toBeVisible();
  expect(cells("OLD")[1]).toBe("$231.40Feb 12, 2026");
  expect(cells("AAPL")[1]).toBe("$231.40");
});

test("amounts have their decimals in a part of their own, as wide as the longest of the column", () => {
  table([holding({ quantity: 62.125 }), holding({ ticker: "VTI", price: 1.0125 })]);
  const { style } = screen.getByRole("table");
  expect(style.getPropertyValue("--tidings-tail-quantity")).toBe("3.6ch");
  expect(style.getPropertyValue("--tidings-tail-price")).toBe("4.6ch");
  expect([...document.querySelectorAll(".tidings-col-quantity .tidings-tail")].map((tail) => tail.textContent)).toEqual(
    [".125", ""],
  );
});

test("a share of an option is counted in contracts", async () => {
  table([{ ...OPTION, sources: [share({ quantity: 100 })] }]);
  await userEvent.click(screen.getByRole("button", { name: /^AAPL/, expanded: false }));
  expect(screen.getByRole("list", { name: "AAPL $300 Call by account" })).toHaveTextContent("1 contract as of");
});

test("without holdings, the host's text is shown", () => {
  render(<HoldingsTable holdings={[]} empty="Come back later." />);
  expect(screen.getByText("Come back later.")).toBeVisible();
  expect(screen.queryByRole("table")).not.toBeInTheDocument();
});

describe("a table of 10,000 rows", () => {
  const box = () => screen.getByRole("region", { name: "Holdings, scrollable" });
  const inPage = () => screen.getAllByRole("row").filter((row) => row.hasAttribute("data-line"));

  test("only rows in view are rendered, and aria-rowcount has the total", () => {
    table(manyHoldings(10_000));
    expect(inPage().length).toBeLessThan(60);
    expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "10001");
    expect(inPage()[0]).toHaveAttribute("aria-rowindex", "2");
    expect(box()).toHaveAttribute("tabindex", "0");
  });

  test("scrolling renders other rows", () => {
    table(manyHoldings(10_000));
    box().scrollTop = 57 * 5000;
    fireEvent.scroll(box());
    const shown = inPage().map((row) => Number(row.getAttribute("aria-rowindex")) - 2);
    expect(shown).toContain(5000);
    expect(shown).not.toContain(0);
  });

  test("a new sort order scrolls to the top", async () => {
    table(manyHoldings(500));
    box().scrollTop = 5000;
    fireEvent.scroll(box());
    await userEvent.click(screen.getByRole("button", { name: "Holding" }));
    expect(box().scrollTop).toBe(0);
    expect(titles()[0]).toBe("SIM00000");
  });

  test("an expanded row stays in its place", async () => {
    table(manyHoldings(500));
    await userEvent.click(screen.getByRole("button", { name: /^SIM00499/ }));
    const rows = inPage();
    expect(within(rows[1] as HTMLElement).getByRole("list")).toBeVisible();
    expect(rows[2]).toHaveTextContent("SIM00498");
    expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "502");
  });

  test("taller rows keep their own height in the spacer", async () => {
    vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockImplementation(function height(this: HTMLElement) {
      return this.dataset.ticker === "SIM00999" ? 150 : 100;
    });
    const { container } = table(manyHoldings(1000));
    box().scrollTop = 100 * 900;
    fireEvent.scroll(box());
    const [first] = inPage();
    const above = Number(first?.getAttribute("aria-rowindex")) - 2;
    expect(above).toBeGreaterThan(800);
    expect(container.querySelector(".tidings-spacer")).toHaveStyle({ height: `${above * 100 + 50}px` });
  });

  test("the spacer has the height of the rows left out", () => {
    vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(100);
    const { container } = table(manyHoldings(1000));
    const left = 1000 - inPage().length;
    expect(container.querySelector(".tidings-spacer")).toHaveStyle({ height: `${left * 100}px` });
  });
});
