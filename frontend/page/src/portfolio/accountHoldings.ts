import type { AccountTotal, HoldingRow } from "@tidings/react";

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
        option: holding.option && { ...holding.option, contracts: source.quantity / holding.option.multiplier },
        sources: [source],
      })),
  );
}

export const isBelowOneCent = (residual: number): boolean => Math.abs(residual) < 0.01;
