import type { HoldingRow, Portfolio } from "@tidings/react";

export interface CurrencyTotal {
  currency: string;
  amount: number;
}

/** List the totals by currency: the headline total, then the others by number of rows. Currencies are never added. */
export function listCurrencyTotals(
  portfolio: Pick<Portfolio, "holdings" | "totals_by_currency" | "total_portfolio_value">,
): CurrencyTotal[] {
  const rows = countRows(portfolio.holdings);
  const isHeadline = ({ amount }: CurrencyTotal) => amount === portfolio.total_portfolio_value;
  return Object.entries(portfolio.totals_by_currency)
    .map(([currency, amount]) => ({ currency, amount }))
    .sort(
      (left, right) =>
        Number(isHeadline(right)) - Number(isHeadline(left)) ||
        (rows.get(right.currency) ?? 0) - (rows.get(left.currency) ?? 0),
    );
}

function countRows(holdings: readonly HoldingRow[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { currency } of holdings) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  return counts;
}
