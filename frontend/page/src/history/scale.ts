import type { Series } from "./series.ts";

/** Positions in percent of the chart, from its lower left corner. */
export interface Scale {
  x: (day: number) => number;
  y: (value: number) => number;
  /** Round values at which the chart has a line. */
  ticks: number[];
}

const MARGIN = 0.08;
const WANTED_TICKS = 3;

/** Choose a step of 1, 2 or 5 times a power of ten. */
function chooseStep(span: number): number {
  const rough = span / WANTED_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
}

/** Fit a series into the chart. The value axis does not begin at zero: its labels say where. */
export function createScale({ points, events }: Series): Scale {
  const days = [...points, ...events].map(({ day }) => day);
  const values = points.map(({ value }) => value);
  const [firstDay, lastDay] = [Math.min(...days), Math.max(...days)];
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const spread = highest - lowest || Math.abs(highest) * MARGIN || 1;
  const [bottom, top] = [lowest - spread * MARGIN, highest + spread * MARGIN];
  const step = chooseStep(top - bottom);
  const ticks: number[] = [];
  for (let index = Math.ceil(bottom / step); index * step <= top; index += 1) ticks.push(index * step);
  return {
    x: (day) => (lastDay === firstDay ? 50 : ((day - firstDay) / (lastDay - firstDay)) * 100),
    y: (value) => ((value - bottom) / (top - bottom)) * 100,
    ticks,
  };
}
