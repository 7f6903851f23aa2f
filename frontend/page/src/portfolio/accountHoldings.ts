import type { AccountTotal, HoldingRow, OptionContract } from "@tidings/react";

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

const countContracts = (quantity: number | null, { contracts, multiplier }: OptionContract): number | null =>
  quantity === null || contracts === null || !multiplier ? null : quantity / multiplier;

export const isBelowOneCent = (residual: number): boolean => Math.abs(residual) < 0.01;
