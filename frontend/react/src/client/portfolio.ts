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
  const { portfolio_data: data, portfolio_metadata } = body?.holdings ?? {};
  const fields = {
    holdings: [],
    total_portfolio_value: 0,
    totals_by_currency: {},
    accounts: [],
    statement_date: null,
    account_type: "investment",
  };
  const metadata = {
    has_pending_updates: false,
    last_updated: null,
    changed: false,
    changes: { added: 0, removed: 0, quantity_changed: 0, rows: [] },
    warnings: [],
    providers: {},
  };
  return {
    ...fill(fields, data),
    converted_total: data?.converted_total as Portfolio["converted_total"],
    metadata: fill(metadata, portfolio_metadata),
  };
}

/** Take the fields that have a default from what was received. */
const fill = <Defaults extends object, Fields>(
  defaults: Defaults,
  received: Incomplete<Fields> | null | undefined,
): Defaults & Fields =>
  Object.fromEntries(
    Object.entries(defaults).map(([key, value]) => [key, received?.[key as keyof Fields] ?? value]),
  ) as Defaults & Fields;

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
