import { render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HoldingsTable } from "@tidings/react";
import { holding } from "../support/factories.js";
import { cells, renderTable, titles } from "../support/holdingsTable.js";

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

test.each([
  ["without a rate", {}],
  ["without a value", { currency: "CAD", value: null }],
])("an amount %s has no converted value", (_what, overrides) => {
  const row = holding({ ticker: "ODD", currency: "BTC", ...overrides });
  render(<HoldingsTable holdings={[row]} convertedTotal={CONVERTED} locale="en-US" />);
  expect(cells("ODD")[2]).not.toContain("≈");
});

test("without rates, rows are grouped by currency, and never compared between two", async () => {
  renderTable(SEVERAL);
  expect(titles()).toEqual(["BTC", "XIC", "AAPL"]);
  await userEvent.click(screen.getByRole("button", { name: "Value" }));
  expect(titles()).toEqual(["BTC", "XIC", "AAPL"]);
});
