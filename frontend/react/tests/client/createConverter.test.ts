import { createConverter } from "@tidings/react";

const rate = (from: string, date: string | null, value: number) => ({
  from,
  to: "USD",
  amount: 1,
  rate: value,
  date,
  source: "ecb",
  legs: [],
});
const find = createConverter({
  currency: "USD",
  value: 1,
  rates: [rate("CAD", "2026-02-12", 0.7), rate("CAD", "2026-02-18", 0.8), rate("USD", null, 1), rate("HRK", null, 0.1)],
  unconverted: {},
  stale: false,
  partial: false,
  reason: null,
});

test.each([
  ["the rate of the day itself", "CAD", "2026-02-18T08:00:00Z", 0.8],
  ["the last one before, never a later one", "CAD", "2026-02-17T23:59:59Z", 0.7],
  ["a rate that is seven days old", "CAD", "2026-02-25T01:00:00Z", 0.8],
  ["no rate that is older", "CAD", "2026-02-26T01:00:00Z", null],
  ["no rate for a day before all of them", "CAD", "2026-02-11T01:00:00Z", null],
  ["one for the total's own currency", "USD", "2020-01-01T01:00:00Z", 1],
  ["a rate that law fixed, whatever the day", "HRK", "2030-01-01T01:00:00Z", 0.1],
  ["no rate for an unknown currency", "XXX", "2026-02-18T08:00:00Z", null],
])("an amount has %s", (_name, currency, asOf, expected) => {
  expect(find(currency, asOf)).toBe(expected);
});

test("without a converted total there is no rate", () => {
  expect(createConverter(null)("USD", null)).toBeNull();
});
