import type { ConvertedTotal } from "../generated/types/types.gen.js";

/** The API uses no rate that is older than this. */
const MAX_AGE_MS = 7 * 86_400_000;

/** Returns the rate for an amount of a currency, by the date of its data; null if the response has none. */
export type FindRate = (currency: string, asOf: string | null | undefined) => number | null;

/** Create a lookup of the response's own rates. An amount's rate is the last one that is not after its data. */
export function createConverter(total: ConvertedTotal | null | undefined): FindRate {
  return (currency, asOf) => {
    const day = parseDay(asOf);
    const usable = total?.rates.filter(({ from, date }) => {
      const age = day - parseDay(date);
      return from === currency && !(age < 0 || age > MAX_AGE_MS);
    });
    // The rates of a currency are sorted by date.
    return usable?.at(-1)?.rate ?? null;
  };
}

/** NaN for no date: a rate is usable unless two dates rule it out. */
const parseDay = (date: string | null | undefined) => Date.parse(date?.slice(0, 10) ?? "");
