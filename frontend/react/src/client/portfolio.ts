import type { HoldingsAnswer } from "./format.js";
import type { Portfolio, PortfolioMetadata } from "./types.js";

type Told<T> = { [Key in keyof T]?: T[Key] | null | undefined };
type Answer = {
  holdings?: Told<{
    portfolio_data: Told<NonNullable<HoldingsAnswer["holdings"]["portfolio_data"]>>;
    portfolio_metadata: Told<NonNullable<HoldingsAnswer["holdings"]["portfolio_metadata"]>>;
  }> | null;
};

/** The portfolio of an answer of the holdings routes, with a default for whatever the server left out. */
export function extractPortfolio(answer: Answer | null | undefined): Portfolio {
  const data = answer?.holdings?.portfolio_data;
  return {
    holdings: data?.holdings ?? [],
    total_portfolio_value: data?.total_portfolio_value ?? 0,
    totals_by_currency: data?.totals_by_currency ?? {},
    accounts: data?.accounts ?? [],
    statement_date: data?.statement_date ?? null,
    account_type: data?.account_type ?? "investment",
    metadata: extractMetadata(answer?.holdings?.portfolio_metadata),
  };
}

function extractMetadata(told: Told<PortfolioMetadata> | null | undefined): PortfolioMetadata {
  return {
    has_pending_updates: told?.has_pending_updates ?? false,
    last_updated: told?.last_updated ?? null,
    changed: told?.changed ?? false,
    changes: told?.changes ?? { added: 0, removed: 0, quantity_changed: 0, rows: [] },
    warnings: told?.warnings ?? [],
    providers: told?.providers ?? {},
  };
}

/** `portfolio`, under the id and the name that the host knows the current one by. */
export function keepIdentity<T extends { id?: string; name?: string }>(
  current: T | null | undefined,
  portfolio: Portfolio,
): Portfolio {
  const { id, name } = current ?? {};
  return { ...portfolio, ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) };
}
