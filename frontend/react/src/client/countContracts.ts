import type { OptionContract } from "../generated/types/types.gen.js";

/** Count the contracts of a quantity in shares, such as one account's part; null if the terms do not say. */
export const countContracts = (quantity: number | null, option: OptionContract | null): number | null =>
  quantity === null || !option?.multiplier || option.contracts === null ? null : quantity / option.multiplier;
