import type * as wire from "../generated/types/types.gen.js";
import type { Portfolio } from "./types.js";

type Incomplete<T> = { [Key in keyof T]?: T[Key] | null | undefined };
/** A body of the holdings routes in which any field may be missing. */
export interface IncompleteHoldings {
  holdings?: Incomplete<{
    portfolio_data: Incomplete<
      Omit<wire.PortfolioData, "account_type" | "converted_total"> & { account_type: string; converted_total: unknown }
    >;
    portfolio_metadata: Incomplete<wire.PortfolioMetadata>;
  }> | null;
}

/** Extract the portfolio of a holdings response. Fields that the server left out get a default. */
export function extractPortfolio(body: IncompleteHoldings | null | undefined): Portfolio {
  const { portfolio_data, portfolio_metadata } = body?.holdings ?? {};
  return { ...withDataDefaults(portfolio_data), metadata: withMetadataDefaults(portfolio_metadata) };
}

const withDataDefaults = (
  received: NonNullable<IncompleteHoldings["holdings"]>["portfolio_data"],
): Omit<Portfolio, "metadata"> => ({
  holdings: received?.holdings ?? [],
  total_portfolio_value: received?.total_portfolio_value ?? 0,
  totals_by_currency: received?.totals_by_currency ?? {},
  converted_total: received?.converted_total as Portfolio["converted_total"],
  accounts: received?.accounts ?? [],
  statement_date: received?.statement_date ?? null,
  account_type: received?.account_type ?? "investment",
});

const withMetadataDefaults = (
  received: Incomplete<wire.PortfolioMetadata> | null | undefined,
): Portfolio["metadata"] => ({
  has_pending_updates: received?.has_pending_updates ?? false,
  last_updated: received?.last_updated ?? null,
  changed: received?.changed ?? false,
  changes: received?.changes ?? { added: 0, removed: 0, quantity_changed: 0, rows: [] },
  warnings: received?.warnings ?? [],
  providers: received?.providers ?? {},
});

/**
 * Fill the defaults into a body before it is checked. A body without `portfolio_data` stays unchanged, so that the
 * check rejects it: an unreadable response must not pass for an empty portfolio.
 */
export function withDefaults(body: unknown): unknown {
  const response = body as { holdings?: { portfolio_data?: unknown; portfolio_metadata?: unknown } } | null | undefined;
  if (typeof response?.holdings?.portfolio_data !== "object" || response.holdings.portfolio_data === null) return body;
  const { metadata, ...data } = extractPortfolio(response as IncompleteHoldings);
  return { holdings: { portfolio_data: data, portfolio_metadata: metadata } };
}

/** Copy the current portfolio's `id` and `name`, which are the host's own, to `portfolio`. */
export function keepIdentity(
  current: { id?: string | undefined; name?: string | undefined } | null | undefined,
  portfolio: Portfolio,
): Portfolio {
  const { id, name } = current ?? {};
  return { ...portfolio, ...(id !== undefined && { id }), ...(name !== undefined && { name }) };
}
