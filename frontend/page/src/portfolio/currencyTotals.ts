import type { HoldingRow, Portfolio } from "@tidings/react";

export interface Total {
  currency: string;
  amount: number;
}

/** The headline total first, then the others by their number of rows. Currencies are never added together. */
export function totalsOf(
  portfolio: Pick<Portfolio, "holdings" | "totals_by_currency" | "total_portfolio_value">,
): Total[] {
  const rows = rowCounts(portfolio.holdings);
  const isHeadline = ({ amount }: Total) => amount === portfolio.total_portfolio_value;
  return Object.entries(portfolio.totals_by_currency)
    .map(([currency, amount]) => ({ currency, amount }))
    .sort(
      (left, right) =>
        Number(isHeadline(right)) - Number(isHeadline(left)) ||
        (rows.get(right.currency) ?? 0) - (rows.get(left.currency) ?? 0),
    );
}

function rowCounts(holdings: readonly HoldingRow[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { currency } of holdings) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  return counts;
}
