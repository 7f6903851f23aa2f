import type { Connection, HoldingRow } from "@tidings/react";

const share = {
  provider: "plaid",
  source_id: "item-1",
  account_id: "account-1",
  account_name: "Brokerage",
  institution: "First Platypus Bank",
  quantity: 12.5,
  value: 2892.5,
  cost_basis: 2100,
  as_of: "2026-02-19T14:03:00Z",
} as const;

const apple: HoldingRow = {
  ...share,
  ticker: "AAPL",
  name: "Apple Inc.",
  type: "equity",
  price: 231.4,
  price_as_of: "2026-02-19",
  currency: "USD",
  exchange: "XNAS",
  isin: "US0378331005",
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
  sources: [share],
};

export const holdings: HoldingRow[] = [
  apple,
  {
    ...apple,
    ticker: "CUR:EUR",
    name: null,
    type: "cash",
    currency: "EUR",
    is_cash: true,
    quantity: 840.1,
    price: 1,
    value: 840.1,
    cost_basis: null,
    isin: null,
    sources: [{ ...share, quantity: 840.1, value: 840.1, cost_basis: null }],
  },
];

const working: Connection = {
  provider: "plaid",
  source_id: "item-1",
  institution: "First Platypus Bank",
  status: "ok",
  status_reason: null,
  pending: true,
  last_update_at: null,
  last_fetched_at: "2026-02-19T14:03:00Z",
  duplicate_of: null,
  unmatched_accounts: [],
};

export const connections: Connection[] = [
  working,
  {
    ...working,
    provider: "snaptrade",
    source_id: "connection-1",
    institution: "Alpaca",
    status: "reconnect_required",
    status_reason: "connection_disabled",
    pending: false,
  },
];
