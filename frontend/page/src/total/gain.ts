import { createConverter, type HoldingRow, type Portfolio } from "@tidings/react";
import { type Exact, multiply, toNumber } from "./decimals.ts";

export interface Gain {
  currency: string;
  amount: number;
  /** The cost of the holdings that it is of. */
  cost: number;
  /** Whether an exchange rate is part of it. */
  isConverted: boolean;
}

export interface TotalGain {
  /** One in the total's currency; besides, one for each currency without a rate. */
  gains: Gain[];
  /** How many holdings have no known cost, and so count in no gain. */
  unknownCount: number;
}

/** Compute what the holdings of a known cost have gained. Each account's part is converted by its own rate. */
export function computeTotalGain({ holdings, converted_total: total }: GainInput): TotalGain {
  const findRate = createConverter(total);
  const sums = new Map<string, { gain: Exact; cost: Exact; isConverted: boolean }>();
  let unknownCount = 0;
  for (const holding of holdings) {
    if (holding.is_cash) continue;
    const shares = holding.sources.map(({ value, cost_basis, as_of }) => ({
      value,
      cost: cost_basis,
      rate: findRate(holding.currency, as_of),
    }));
    if (holding.value === null || holding.cost_basis === null || shares.some(isUnknown)) {
      unknownCount += 1;
      continue;
    }
    const isConvertible = total != null && shares.every(({ rate }) => rate !== null);
    const currency = isConvertible ? total.currency : holding.currency;
    const sum = sums.get(currency) ?? { gain: 0n, cost: 0n, isConverted: false };
    for (const { value, cost, rate } of shares) {
      const factor = isConvertible ? (rate ?? 1) : 1;
      sum.cost += multiply(cost ?? 0, factor);
      sum.gain += multiply(value ?? 0, factor) - multiply(cost ?? 0, factor);
    }
    sum.isConverted ||= currency !== holding.currency;
    sums.set(currency, sum);
  }
  const gains = [...sums].map(([currency, { gain, cost, isConverted }]) => ({
    currency,
    amount: toNumber(gain),
    cost: toNumber(cost),
    isConverted,
  }));
  return { gains: gains.sort((left) => (left.currency === total?.currency ? -1 : 0)), unknownCount };
}

type GainInput = { holdings: readonly HoldingRow[] } & Pick<Portfolio, "converted_total">;

const isUnknown = ({ value, cost }: { value: number | null; cost: number | null }) => value === null || cost === null;
