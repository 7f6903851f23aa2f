import type { HistoryPoint, PortfolioHistory } from "@tidings/react";
import { hasEventBetween, isComparable } from "../total/change.ts";

const DAY_MS = 86_400_000;

export const RANGES = { month: 31, quarter: 92, year: 366, all: Number.POSITIVE_INFINITY };
export type Range = keyof typeof RANGES;

export interface SeriesPoint {
  date: string;
  day: number;
  value: number;
  /** Whether the line goes on from the point before: the next day, with the same sources and currencies. */
  isJoined: boolean;
  /** Whether all sources were observed on that day. */
  isComplete: boolean;
  isConverted: boolean;
  /** Whether amounts without a rate are missing. */
  isPartial: boolean;
}

export interface SeriesEvent {
  kind: "added" | "removed";
  date: string;
  day: number;
  sourceId: string;
}

export interface Series {
  currency: string;
  points: SeriesPoint[];
  /** Sources that were added or removed after the first point. */
  events: SeriesEvent[];
  /** Days that cannot be expressed in the currency. */
  hiddenCount: number;
}

export const toDay = (date: string): number => Date.parse(`${date.slice(0, 10)}T00:00Z`) / DAY_MS;

/** A point's value in the currency: converted, or exact if it holds nothing else. */
function findValue({ converted_total: total, totals_by_currency: totals }: HistoryPoint, currency: string) {
  if (total.value !== null) return total.value;
  const held = Object.keys(totals);
  return held.length === 1 && held[0] === currency ? (totals[currency] ?? null) : null;
}

/** Choose the currency: that of the converted totals, else the only one that was ever held. */
function chooseCurrency(points: readonly HistoryPoint[]): string | null {
  const converted = points.find(({ converted_total: total }) => total.value !== null)?.converted_total.currency;
  const held = new Set(points.flatMap(({ totals_by_currency: totals }) => Object.keys(totals)));
  return converted ?? (held.size === 1 ? ([...held][0] ?? null) : null);
}

/** Build the line of the observed days. Nothing is interpolated: a missing day is a gap. Null: no line is possible. */
export function buildSeries({ points, events }: Pick<PortfolioHistory, "points" | "events">): Series | null {
  const currency = chooseCurrency(points);
  if (currency === null) return null;
  const shown: SeriesPoint[] = [];
  let before: HistoryPoint | undefined;
  for (const point of points) {
    const value = findValue(point, currency);
    if (value === null) continue;
    const total = point.converted_total;
    const isNextDay = before !== undefined && toDay(point.date) - toDay(before.date) === 1;
    shown.push({
      date: point.date,
      day: toDay(point.date),
      value,
      isJoined:
        before !== undefined &&
        isNextDay &&
        isComparable(before, point) &&
        !hasEventBetween(events, before.date, point.date),
      isComplete: point.complete,
      isConverted: total.value !== null && total.rates.some(({ from }) => from !== total.currency),
      isPartial: total.partial,
    });
    before = point;
  }
  const first = shown[0];
  if (!first) return null;
  return {
    currency,
    points: shown,
    events: events
      .map(({ kind, at, source_id }) => ({ kind, date: at.slice(0, 10), day: toDay(at), sourceId: source_id }))
      .filter(({ day }) => day > first.day),
    hiddenCount: points.length - shown.length,
  };
}

/** List the ranges that the data fill: each shorter one leaves something out. */
export function listRanges({ points }: Series): Range[] {
  const span = (points.at(-1)?.day ?? 0) - (points[0]?.day ?? 0);
  const shorter = (Object.keys(RANGES) as Range[]).filter((range) => RANGES[range] < span);
  return shorter.length === 0 ? [] : [...shorter, "all"];
}

/** Cut a series to the days before its last observation. */
export function cutSeries(series: Series, range: Range): Series {
  const first = (series.points.at(-1)?.day ?? 0) - RANGES[range];
  return {
    ...series,
    points: series.points.filter(({ day }) => day >= first),
    events: series.events.filter(({ day }) => day >= first),
  };
}
