import { type AccountTotal, countContracts, type HoldingRow } from "@tidings/react";
import { type Exact, exact, toNumber } from "../total/decimals.ts";
import type { CurrencyTotal } from "./currencyTotals.ts";

/** Select one account's part of the portfolio, with the quantities and values of that account alone. */
export function selectAccountHoldings(account: AccountTotal, holdings: readonly HoldingRow[]): HoldingRow[] {
  return holdings.flatMap((holding) =>
    holding.sources
      .filter((source) => source.account_id === account.account_id && source.source_id === account.source_id)
      .map((source) => ({
        ...holding,
        account_id: source.account_id,
        account_name: source.account_name,
        institution: source.institution,
        quantity: source.quantity,
        value: source.value,
        cost_basis: source.cost_basis,
        option: holding.option && { ...holding.option, contracts: countContracts(source.quantity, holding.option) },
        ...(holding.sources.length > 1 && UNKNOWN_SHARE),
        sources: [source],
      })),
  );
}

/** The part that is not vested is known for the whole row only. */
const UNKNOWN_SHARE = { unvested_quantity: null, unvested_value: null };

/**
 * List what an account holds by currency, the largest number of rows first. If it all is in the currency of the
 * institution's total, that is the figure, since it counts more than the listed holdings.
 */
export function listAccountTotals(account: AccountTotal, holdings: readonly HoldingRow[]): CurrencyTotal[] {
  const own = account.counted ? selectAccountHoldings(account, holdings) : [];
  const sums = new Map<string, { amount: Exact; rows: number }>();
  for (const { currency, value } of own) {
    const { amount, rows } = sums.get(currency) ?? { amount: 0n, rows: 0 };
    sums.set(currency, { amount: amount + exact(value ?? 0), rows: rows + 1 });
  }
  const { currency, institution_total: total } = account;
  const isInOneCurrency = sums.size === 0 || (sums.size === 1 && currency !== null && sums.has(currency));
  if (isInOneCurrency && total !== null) return [{ currency: currency ?? "XXX", amount: total }];
  return [...sums]
    .sort(([, left], [, right]) => right.rows - left.rows)
    .map(([code, { amount }]) => ({ currency: code, amount: toNumber(amount) }));
}

export const isBelowOneCent = (residual: number): boolean => Math.abs(residual) < 0.01;
