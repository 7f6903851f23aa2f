import type { ChangeSet, HistoryEvent, HistoryPoint, PortfolioHistory } from "@tidings/react";
import { exact, toNumber } from "./decimals.ts";

export interface Change {
  /** The day of the observation before the last one. */
  since: string;
  /** Null if the two cannot be compared, since a source was added or removed, or other amounts lack a rate. */
  amounts: { currency: string; amount: number; before: number; isConverted: boolean }[] | null;
}

/** Compare the last two observed days; null with fewer. A source that came or went is no gain and no loss. */
export function computeChange({ points, events }: Pick<PortfolioHistory, "points" | "events">): Change | null {
  const [before, after] = points.slice(-2);
  if (!before || !after) return null;
  const amounts = hasEventBetween(events, before.date) || !isComparable(before, after) ? null : subtract(before, after);
  return { since: before.date, amounts };
}

/** Whether two points hold the same sources, and can express the same currencies. */
export function isComparable(before: HistoryPoint, after: HistoryPoint): boolean {
  return (
    describeSources(before) === describeSources(after) &&
    listUnconverted(before) === listUnconverted(after) &&
    (before.converted_total.value === null) === (after.converted_total.value === null)
  );
}

/** Whether a source was added or removed after one day, and until the end of another. */
export const hasEventBetween = (events: readonly HistoryEvent[], after: string, until = "9"): boolean =>
  events.some(({ at }) => at.slice(0, 10) > after && at.slice(0, 10) <= until);

const describeSources = ({ as_of }: HistoryPoint) => as_of.map((at) => (at === null ? "-" : "+")).join("");
const listUnconverted = ({ converted_total: total }: HistoryPoint) => Object.keys(total.unconverted).sort().join();

function subtract(before: HistoryPoint, after: HistoryPoint): Change["amounts"] {
  const [earlier, later] = [before.converted_total, after.converted_total];
  if (earlier.value !== null && later.value !== null) {
    const isConverted = [...earlier.rates, ...later.rates].some(({ from }) => from !== later.currency);
    return [difference(later.currency, earlier.value, later.value, isConverted)];
  }
  const currencies = Object.keys({ ...before.totals_by_currency, ...after.totals_by_currency }).sort();
  return currencies.map((currency) =>
    difference(currency, before.totals_by_currency[currency] ?? 0, after.totals_by_currency[currency] ?? 0, false),
  );
}

const difference = (currency: string, before: number, after: number, isConverted: boolean) => ({
  currency,
  amount: toNumber(exact(after) - exact(before)),
  before,
  isConverted,
});

/** Count the positions that changed after a day: what was bought, sold or moved is part of the change of value. */
export const countChanges = (sets: readonly ChangeSet[], since: string): number =>
  sets
    .filter(({ at }) => at.slice(0, 10) > since)
    .reduce((sum, { added, removed, quantity_changed }) => sum + added + removed + quantity_changed, 0);
