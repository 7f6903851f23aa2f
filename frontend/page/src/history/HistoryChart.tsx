import { formatDay, formatMoney } from "@tidings/react";
import { type PointerEvent, useMemo, useState } from "react";
import { locale, say, texts } from "../locales/texts.ts";
import { EventMarks } from "./EventMarks.tsx";
import { createScale, type Scale } from "./scale.ts";
import type { Series, SeriesPoint } from "./series.ts";

const { history: labels } = texts;

/** Show each day as a dot up to this number; above it, only days that no line reaches. */
const MAX_DOTS = 62;

/** Say what a day was worth, and what is missing. */
export const valueLabel = ({ value, isConverted }: SeriesPoint, currency: string): string =>
  `${isConverted ? "≈ " : ""}${formatMoney(value, currency, locale)}`;

/** Say what the value of a day lacks; empty if nothing. */
export const pointNote = ({ isPartial, isComplete }: SeriesPoint): string =>
  [isPartial && labels.partial, !isComplete && labels.incomplete].filter(Boolean).join(" · ");

const pointLabel = (point: SeriesPoint, currency: string): string =>
  [valueLabel(point, currency), pointNote(point)].filter(Boolean).join(" · ");

/**
 * Draw the observed days: lines between neighbouring days, dots for the others. A slider over the chart, operated by
 * pointer and keys, selects the day that the line of text above it tells.
 */
export function HistoryChart({ series }: { series: Series }) {
  const { points, currency } = series;
  const scale = useMemo(() => createScale(series), [series]);
  const [selected, setSelected] = useState<string | null>(null);
  const found = points.findIndex(({ date }) => date === selected);
  const index = found < 0 ? points.length - 1 : found;
  const point = points[index];
  const select = (place: number) => setSelected(points[place]?.date ?? null);
  if (!point) return null;
  const follow = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    select(findNearest(points, scale, ((event.clientX - left) / width) * 100));
  };
  return (
    <figure className="chart">
      <figcaption className="chart__readout" aria-hidden="true">
        <span className="tidings-muted">{formatDay(point.date, locale)}</span>{" "}
        <strong>{pointLabel(point, currency)}</strong>
      </figcaption>
      <div className="chart__plot" onPointerMove={follow} onPointerLeave={() => setSelected(null)}>
        <Grid scale={scale} currency={currency} />
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <Lines points={points} scale={scale} />
          {found >= 0 && <line className="chart__cursor" {...vertical(scale.x(point.day))} />}
          <path className="chart__selected" d={dot(point, scale)} />
        </svg>
        <EventMarks series={series} scale={scale} />
        <input
          className="chart__slider"
          type="range"
          min={0}
          max={points.length - 1}
          value={index}
          aria-label={say(labels.slider, { count: points.length })}
          aria-valuetext={`${formatDay(point.date, locale)}: ${pointLabel(point, currency)}`}
          onChange={(event) => select(Number(event.target.value))}
        />
      </div>
      <div className="chart__days tidings-muted" aria-hidden="true">
        <span>{formatDay(points[0]?.date ?? "", locale)}</span>
        <span>{formatDay(points.at(-1)?.date ?? "", locale)}</span>
      </div>
    </figure>
  );
}

const vertical = (x: number) => ({ x1: x, x2: x, y1: 0, y2: 100 });

/** A line of no length: with round caps and a stroke that does not scale, it is a round dot of any chart's shape. */
const dot = ({ day, value }: SeriesPoint, { x, y }: Scale) => `M${x(day)} ${100 - y(value)}h0`;

function Lines({ points, scale: { x, y }, scale }: { points: readonly SeriesPoint[]; scale: Scale }) {
  const line = points
    .map(({ day, value, isJoined }) => `${isJoined ? "L" : "M"}${x(day).toFixed(2)} ${(100 - y(value)).toFixed(2)}`)
    .join("");
  const isAlone = (index: number) => !points[index]?.isJoined && !points[index + 1]?.isJoined;
  const dots = points.filter((_, index) => points.length <= MAX_DOTS || isAlone(index));
  return (
    <>
      <path className="chart__line" d={line} />
      <path className="chart__dots" d={dots.map((point) => dot(point, scale)).join("")} />
      <path
        className="chart__hollow"
        d={dots
          .filter(({ isComplete }) => !isComplete)
          .map((point) => dot(point, scale))
          .join("")}
      />
    </>
  );
}

function Grid({ scale: { ticks, y }, currency }: { scale: Scale; currency: string }) {
  const format = useMemo(() => createTickFormat(ticks, currency), [ticks, currency]);
  return (
    <div className="chart__grid" aria-hidden="true">
      {ticks.map((tick) => (
        <span key={tick} style={{ bottom: `${y(tick)}%` }}>
          {format.format(tick)}
        </span>
      ))}
    </div>
  );
}

const COMPACT_FROM = 10_000;

/** Format the axis with as few digits as tell its lines apart. */
function createTickFormat(ticks: readonly number[], currency: string): Intl.NumberFormat {
  const step = Math.abs((ticks[1] ?? 0) - (ticks[0] ?? 0)) || 1;
  const largest = Math.max(...ticks.map(Math.abs));
  const unit = largest >= COMPACT_FROM ? 1000 ** Math.floor(Math.log10(largest) / 3) : 1;
  const digits = Math.min(Math.max(0, Math.ceil(-Math.log10(step / unit))), 6);
  return new Intl.NumberFormat(locale, {
    ...(/^[A-Z]{3}$/.test(currency) && { style: "currency", currency }),
    notation: unit > 1 ? "compact" : "standard",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function findNearest(points: readonly SeriesPoint[], { x }: Scale, percent: number): number {
  const distances = points.map(({ day }) => Math.abs(x(day) - percent));
  return distances.indexOf(Math.min(...distances));
}
