import type { Connection, HoldingRow, Position } from "@tidings/react";

export const share = (overrides: Partial<Position> = {}): Position => ({
  provider: "plaid",
  source_id: "item-1",
  account_id: "account-1",
  account_name: "Brokerage",
  institution: "First Platypus Bank",
  quantity: 10,
  value: 2314,
  cost_basis: 2000,
  as_of: "2026-02-19T14:03:00Z",
  ...overrides,
});

export const holding = (overrides: Partial<HoldingRow> = {}): HoldingRow => ({
  ticker: "AAPL",
  name: "Apple Inc.",
  type: "equity",
  quantity: 10,
  price: 231.4,
  price_as_of: "2026-02-19",
  value: 2314,
  cost_basis: 2000,
  currency: "USD",
  account_id: "account-1",
  account_name: "Brokerage",
  institution: "First Platypus Bank",
  provider: "plaid",
  source_id: "item-1",
  exchange: "XNAS",
  isin: null,
  cusip: null,
  is_cash: false,
  option: null,
  raw_symbol: null,
  maturity: null,
  coupon: null,
  multiplier: null,
  unvested_quantity: null,
  unvested_value: null,
  valuation: null,
  sources: [share()],
  ...overrides,
});

export const cash = (currency: string, value: number): HoldingRow =>
  holding({
    ticker: `CUR:${currency}`,
    name: null,
    type: "cash",
    quantity: value,
    price: 1,
    value,
    cost_basis: null,
    currency,
    is_cash: true,
  });

export const manyHoldings = (count: number): HoldingRow[] =>
  Array.from({ length: count }, (_, number) =>
    holding({
      ticker: `SIM${String(number).padStart(5, "0")}`,
      name: `Simulated ${number}`,
      value: number,
      cost_basis: 1,
    }),
  );

export const connection = (overrides: Partial<Connection> = {}): Connection => ({
  provider: "plaid",
  source_id: "item-1",
  institution: "First Platypus Bank",
  status: "ok",
  status_reason: null,
  pending: false,
  last_update_at: null,
  last_fetched_at: "2026-02-19T14:03:00Z",
  duplicate_of: null,
  unmatched_accounts: [],
  ...overrides,
});
