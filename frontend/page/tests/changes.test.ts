import type { RowChange } from "@tidings/react";
import { describeChange } from "../src/changes/describeChange.ts";
import { holding } from "./support/factories.ts";

const change = (overrides: Partial<RowChange>): RowChange => ({
  change: "quantity_changed",
  provider: "plaid",
  source_id: "item-1",
  account_id: "account-1",
  ticker: "AAPL280121C00300000",
  name: null,
  currency: "USD",
  quantity_before: 100,
  quantity_after: 400,
  ...overrides,
});
const TERMS = { underlying: "AAPL", kind: "call", strike: 300, expiry: "2028-01-21", root: "AAPL" } as const;

test("an option is counted in the contracts of its own terms", () => {
  const held = holding({ ticker: "AAPL280121C00300000", option: { ...TERMS, contracts: 8, multiplier: 50 } });
  expect(describeChange(change({}), [held])).toEqual({
    title: "AAPL $300 Call",
    before: 2,
    after: 8,
    isContracts: true,
  });
});

test("an option that is gone is counted by its standard symbol", () => {
  expect(describeChange(change({ ticker: "TSLA  270115P00212500", quantity_after: null }), [])).toEqual({
    title: "TSLA $212.50 Put",
    before: 1,
    after: null,
    isContracts: true,
  });
});

test("an adjusted option whose terms are unknown stays in shares", () => {
  expect(describeChange(change({ ticker: "AAPL1 280121C00300000" }), [])).toMatchObject({
    before: 100,
    isContracts: false,
  });
});

test("a security has its ticker, else its name; cash its currency", () => {
  expect(describeChange(change({ ticker: "VTI" }), []).title).toBe("VTI");
  expect(describeChange(change({ ticker: null, name: "US Treasury" }), []).title).toBe("US Treasury");
  expect(describeChange(change({ ticker: "CUR:CAD", currency: "CAD" }), []).title).toBe("CAD cash");
});
