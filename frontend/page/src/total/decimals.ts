/** Exact sums of the API's decimals: a number that was parsed from JSON prints as the same decimal. */
const FACTOR_SCALE = 20;
const SCALE = 2 * FACTOR_SCALE;

/** An amount in units of 10^-40. */
export type Exact = bigint;

function scaled(value: number, scale: number): bigint {
  const [digits = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = digits.split(".");
  const shift = scale + Number(exponent) - fraction.length;
  const units = BigInt(whole + fraction);
  return shift < 0 ? units / 10n ** BigInt(-shift) : units * 10n ** BigInt(shift);
}

export const exact = (value: number): Exact => scaled(value, SCALE);

/** The few rates of one response, parsed. */
const factors = new Map<number, bigint>();

export function multiply(value: number, rate: number): Exact {
  const factor = factors.get(rate) ?? scaled(rate, FACTOR_SCALE);
  factors.set(rate, factor);
  return scaled(value, FACTOR_SCALE) * factor;
}

/** Compare for a list that begins with the largest. */
export const compareDescending = (left: Exact, right: Exact): number => (left < right ? 1 : left > right ? -1 : 0);

/** Round once, to the nearest number. */
export function toNumber(amount: Exact): number {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(SCALE + 1, "0");
  return Number(`${amount < 0n ? "-" : ""}${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`);
}
