import type {
  AccountTotal,
  AppliedRate,
  Connection,
  ConvertedTotal,
  HistoryPoint,
  HoldingRow,
  Portfolio,
  ProviderOutcome,
  RowChange,
} from "@tidings/react";
import { HttpResponse } from "msw";
import * as reactFactories from "../../../react/tests/support/factories.ts";

export const FETCHED = "2026-02-19T14:03:00Z";

export const { share } = reactFactories;

export const holding = (overrides: Partial<HoldingRow> = {}): HoldingRow => {
  const { provider, source_id, account_id, quantity, value, cost_basis } = reactFactories.holding(overrides);
  return reactFactories.holding({
    sources: [share({ provider, source_id, account_id, quantity, value, cost_basis, as_of: FETCHED })],
    ...overrides,
  });
};

export const account = (overrides: Partial<AccountTotal> = {}): AccountTotal => ({
  provider: "plaid",
  source_id: "item-1",
  account_id: "account-1",
  name: "Brokerage",
  type: "brokerage",
  mask: "4310",
  institution: "First Platypus Bank",
  currency: "USD",
  institution_total: 2500,
  residual: 186,
  residual_explained_by: null,
  unvested_value: null,
  status: null,
  is_paper: false,
  as_of: FETCHED,
  counted: true,
  ...overrides,
});

export const outcome = (overrides: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  status: "stored",
  as_of: FETCHED,
  retry_after: null,
  changed: null,
  error: null,
  sources: {},
  ...overrides,
});

export const connection = (overrides: Partial<Connection> = {}): Connection =>
  reactFactories.connection({ last_update_at: FETCHED, ...overrides });

export const rate = (overrides: Partial<AppliedRate> = {}): AppliedRate => ({
  from: "CAD",
  to: "USD",
  amount: 100,
  rate: 0.7221,
  date: "2026-02-18",
  source: "ecb",
  legs: [],
  ...overrides,
});

export const CONVERTED: ConvertedTotal = {
  currency: "USD",
  value: 2386.21,
  rates: [rate(), rate({ from: "USD", amount: 2314, rate: 1, date: null, source: null })],
  unconverted: {},
  stale: false,
  partial: false,
  reason: null,
};

/** Create an observed day of one source. */
export const point = (date: string, value: number | null, overrides: Partial<HistoryPoint> = {}): HistoryPoint => ({
  date,
  totals_by_currency: { USD: value ?? 0 },
  converted_total: { ...CONVERTED, value, rates: [] },
  as_of: [`${date}T14:03:00Z`],
  complete: true,
  ...overrides,
});

interface PortfolioOverrides {
  converted?: Portfolio["converted_total"];
  holdings?: HoldingRow[];
  totals?: Record<string, number>;
  total?: number;
  accounts?: AccountTotal[];
  fetched?: string | null;
  providers?: Record<string, ProviderOutcome>;
  warnings?: string[];
  changes?: RowChange[];
}

/** Create the body of GET /holdings and of a refresh. */
export function portfolio(overrides: PortfolioOverrides = {}) {
  const rows = overrides.changes ?? [];
  const count = (change: RowChange["change"]) => rows.filter((row) => row.change === change).length;
  return {
    success: true,
    holdings: {
      portfolio_data: {
        holdings: overrides.holdings ?? [holding()],
        total_portfolio_value: overrides.total ?? 2314,
        totals_by_currency: overrides.totals ?? { USD: 2314 },
        accounts: overrides.accounts ?? [account()],
        ...(overrides.converted && { converted_total: overrides.converted }),
        statement_date: "2026-02-19",
        account_type: "investment",
      },
      portfolio_metadata: {
        has_pending_updates: false,
        last_updated: overrides.fetched === undefined ? FETCHED : overrides.fetched,
        changed: rows.length > 0,
        changes: {
          added: count("added"),
          removed: count("removed"),
          quantity_changed: count("quantity_changed"),
          rows,
        },
        warnings: overrides.warnings ?? [],
        providers: overrides.providers ?? {
          plaid: outcome(),
          snaptrade: outcome({ status: "not_connected", as_of: null }),
        },
      },
    },
  };
}

export const pending = (hasUpdate: boolean, availableAt: string | null = null) => ({
  has_pending_updates: hasUpdate,
  providers: {
    plaid: {
      has_pending_updates: hasUpdate,
      generation: 2,
      seen_generation: hasUpdate ? 1 : 2,
      last_update_at: FETCHED,
      last_refreshed_at: FETCHED,
      refresh_available_at: availableAt,
      reconnect_required: false,
    },
  },
});

export const problemResponse = (status: number, slug: string, retryAfter?: number) =>
  HttpResponse.json(
    {
      type: `urn:tidings:problem:${slug}`,
      title: slug,
      status,
      detail: slug,
      ...(retryAfter && { retry_after: retryAfter }),
    },
    {
      status,
      headers: {
        "content-type": "application/problem+json",
        ...(retryAfter && { "retry-after": String(retryAfter) }),
      },
    },
  );
