import { computeAllocation, shareLabel } from "../src/allocation/allocation.ts";
import { holding } from "./support/factories.ts";

const held = [
  holding({ ticker: "AAPL", value: 750 }),
  holding({ ticker: "VTI", type: "etf", value: 250 }),
  holding({ ticker: "XIC", currency: "CAD", value: 9999 }),
];

test("shares are of one currency, sorted by value", () => {
  expect(computeAllocation(held, "USD", "holding").slices).toEqual([
    { label: "AAPL", value: 750, share: 0.75 },
    { label: "VTI", value: 250, share: 0.25 },
  ]);
  expect(computeAllocation(held, "CAD", "holding").slices).toHaveLength(1);
});

test("the allocation groups by type and by account", () => {
  expect(computeAllocation(held, "USD", "type").slices.map(({ label }) => label)).toEqual(["Equity", "ETF"]);
  expect(computeAllocation(held, "USD", "account").slices).toEqual([{ label: "Brokerage", value: 1000, share: 1 }]);
});

test("debts and rows without a value are not in the slices", () => {
  const loan = holding({ ticker: "CUR:USD", is_cash: true, value: -300 });
  const { slices, negative, unvalued } = computeAllocation(
    [...held, loan, holding({ ticker: "X", value: null })],
    "USD",
    "holding",
  );
  expect(slices.map(({ share }) => share)).toEqual([0.75, 0.25]);
  expect({ negative, unvalued }).toEqual({ negative: -300, unvalued: 1 });
});

test("of many groups, seven are shown and the rest is one slice", () => {
  const many = Array.from({ length: 20 }, (_, number) => holding({ ticker: `S${number}`, value: 100 - number }));
  const { slices } = computeAllocation(many, "USD", "holding");
  expect(slices).toHaveLength(8);
  expect(slices.at(-1)?.label).toBe("13 others");
  expect(slices.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
});

test("a tiny share is not shown as zero", () => {
  expect(shareLabel(0.00001)).toBe("< 0.1%");
  expect(shareLabel(0.25)).toBe("25.0%");
});
