import type * as wire from "../generated/types/types.gen.js";
import type { Portfolio } from "./types.js";

type Told<T> = { [Key in keyof T]?: T[Key] | null | undefined };
/** An answer of the holdings routes in which anything may be missing. */
export interface HoldingsTold {
  holdings?: Told<{
    portfolio_data: Told<Omit<wire.PortfolioData, "account_type"> & { account_type: string }>;
    portfolio_metadata: Told<wire.PortfolioMetadata>;
  }> | null;
}

/** The portfolio of an answer of the holdings routes, with a default for whatever the server left out. */
export function extractPortfolio(answer: HoldingsTold | null | undefined): Portfolio {
  const { portfolio_data, portfolio_metadata } = answer?.holdings ?? {};
  return { ...dataOf(portfolio_data), metadata: metadataOf(portfolio_metadata) };
}

const dataOf = (told: NonNullable<HoldingsTold["holdings"]>["portfolio_data"]): Omit<Portfolio, "metadata"> => ({
  holdings: told?.holdings ?? [],
  total_portfolio_value: told?.total_portfolio_value ?? 0,
  totals_by_currency: told?.totals_by_currency ?? {},
  accounts: told?.accounts ?? [],
  statement_date: told?.statement_date ?? null,
  account_type: told?.account_type ?? "investment",
});

const metadataOf = (told: Told<wire.PortfolioMetadata> | null | undefined): Portfolio["metadata"] => ({
  has_pending_updates: told?.has_pending_updates ?? false,
  last_updated: told?.last_updated ?? null,
  changed: told?.changed ?? false,
  changes: told?.changes ?? { added: 0, removed: 0, quantity_changed: 0, rows: [] },
  warnings: told?.warnings ?? [],
  providers: told?.providers ?? {},
});

/**
 * The answer with its defaults in place, to be checked. What isn't even shaped like a portfolio stays as it is, and is
 * found out: an unreadable answer must not pass for an empty portfolio.
 */
export function withDefaults(answer: unknown): unknown {
  const told = answer as { holdings?: { portfolio_data?: unknown; portfolio_metadata?: unknown } } | null | undefined;
  if (typeof told?.holdings?.portfolio_data !== "object" || told.holdings.portfolio_data === null) return answer;
  const { metadata, ...data } = extractPortfolio(told as HoldingsTold);
  return { holdings: { portfolio_data: data, portfolio_metadata: metadata } };
}

/** `portfolio`, under the id and the name that the host knows the current one by. */
export function keepIdentity(
  current: { id?: string | undefined; name?: string | undefined } | null | undefined,
  portfolio: Portfolio,
): Portfolio {
  const { id, name } = current ?? {};
  return { ...portfolio, ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) };
}
