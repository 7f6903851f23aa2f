import { chooseGrouping, computeAllocation, shareLabel } from "../src/allocation/allocation.ts";
import { CONVERTED, holding, rate, share } from "./support/factories.ts";

const USD = { currency: "USD", rates: null };
const held = [
  holding({ ticker: "AAPL", value: 750 }),
  holding({ ticker: "VTI", type: "etf", value: 250 }),
  holding({ ticker: "XIC", currency: "CAD", value: 9999 }),
];
const many = (count: number) =>
  Array.from({ length: count }, (_, number) => holding({ ticker: `S${number}`, value: count - number }));
const shown = (...args: Parameters<typeof computeAllocation>) =>
  computeAllocation(...args).slices.map(({ label, value, share }) => ({ label, value, share }));

test("without rates, shares are of one currency, sorted by value", () => {
  expect(shown(held, USD, "holding")).toEqual([
    { label: "AAPL", value: 750, share: 0.75 },
    { label: "VTI", value: 250, share: 0.25 },
  ]);
  expect(shown(held, { currency: "CAD", rates: null }, "holding")).toHaveLength(1);
});

test("with rates, all currencies are in one chart, and what has none is left out", () => {
  const rates = { ...CONVERTED, rates: [rate({ rate: 0.5 }), rate({ from: "USD", rate: 1, date: null })] };
  const rows = [
    holding({ value: 300 }),
    holding({ ticker: "XIC", currency: "CAD", value: 200 }),
    holding({ ticker: "BTC", currency: "BTC", value: 7 }),
  ];
  expect(shown(rows, { currency: "USD", rates }, "holding")).toEqual([
    { label: "AAPL", value: 300, share: 0.75 },
    { label: "XIC", value: 100, share: 0.25 },
  ]);
});

test("sums are exact", () => {
  const rows = [holding({ value: 0.1 }), holding({ value: 0.2 })];
  expect(shown(rows, USD, "type")).toEqual([{ label: "Equity", value: 0.3, share: 1 }]);
});

test("the allocation groups by type, and by account even if two have one name", () => {
  expect(shown(held, USD, "type").map(({ label }) => label)).toEqual(["Equity", "ETF"]);
  const other = holding({ value: 500, sources: [share({ account_id: "account-2", value: 500 })] });
  expect(shown([...held, other], USD, "account").map(({ label, value }) => [label, value])).toEqual([
    ["Brokerage", 1000],
    ["Brokerage", 500],
  ]);
});

test("debts and rows without a value are not in the slices", () => {
  const loan = holding({ ticker: "CUR:USD", is_cash: true, value: -300 });
  const { slices, negative, unvalued } = computeAllocation(
    [...held, loan, holding({ ticker: "X", value: null })],
    USD,
    "holding",
  );
  expect(slices.map(({ share }) => share)).toEqual([0.75, 0.25]);
  expect({ negative, unvalued }).toEqual({ negative: -300, unvalued: 1 });
});

test("of many groups, seven are shown and the rest is one slice with its number", () => {
  const { slices } = computeAllocation(many(20), USD, "holding");
  expect(slices).toHaveLength(8);
  expect(slices.at(-1)?.label).toBe("Other (13 holdings)");
  expect(slices.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
});

test("ten thousand holdings are first shown by type, because the largest ones are a small part", () => {
  const rows = many(10_000);
  expect(chooseGrouping(rows, USD)).toBe("type");
  expect(computeAllocation(rows, USD, "holding").slices.at(-1)?.label).toBe("Other (9,993 holdings)");
  expect(chooseGrouping(many(12), USD)).toBe("holding");
  expect(chooseGrouping(held, USD)).toBe("holding");
});

test("a tiny share is not shown as zero", () => {
  expect(shareLabel(0.00001)).toBe("< 0.1%");
  expect(shareLabel(0.25)).toBe("25.0%");
});
