import type { AccountTotal, HoldingRow } from "@tidings/react";

/** One account's part of the portfolio: its own quantities and values, not those of other accounts. */
export function holdingsOf(account: AccountTotal, holdings: readonly HoldingRow[]): HoldingRow[] {
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

export const isToTheCent = (residual: number): boolean => Math.abs(residual) < 0.01;
