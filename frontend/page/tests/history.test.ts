import { createScale } from "../src/history/scale.ts";
import { buildSeries, cutSeries, listRanges, type Series, toDay } from "../src/history/series.ts";
import { CONVERTED, point } from "./support/factories.ts";

const series = (points: ReturnType<typeof point>[], events: { at: string; kind: "added" | "removed" }[] = []) =>
  buildSeries({
    points,
    events: events.map((event) => ({ ...event, provider: "plaid" as const, source_id: "item-1" })),
  }) as Series;
const joined = ({ points }: Series) => points.map(({ isJoined }) => isJoined);

test("neighbouring days are joined, and a missing day is a gap without a point", () => {
  const line = series([point("2026-02-16", 1), point("2026-02-17", 2), point("2026-02-19", 3)]);
  expect(line.points.map(({ date }) => date)).toEqual(["2026-02-16", "2026-02-17", "2026-02-19"]);
  expect(joined(line)).toEqual([false, true, false]);
});

test("a source that was added or removed interrupts the line and is an event", () => {
  const line = series(
    [point("2026-02-16", 1), point("2026-02-17", 2), point("2026-02-18", 3)],
    [
      { at: "2026-02-16T10:00:00Z", kind: "added" },
      { at: "2026-02-18T10:00:00Z", kind: "removed" },
    ],
  );
  expect(joined(line)).toEqual([false, true, false]);
  expect(line.events.map(({ kind, date }) => [kind, date])).toEqual([["removed", "2026-02-18"]]);
});

test("a day with other sources, or with other amounts without a rate, is not joined", () => {
  const more = point("2026-02-17", 2, { as_of: ["2026-02-17T10:00:00Z", "2026-02-17T10:00:00Z"] });
  const partial = { ...CONVERTED, value: 3, partial: true, unconverted: { BTC: 1 } };
  const line = series([
    point("2026-02-16", 1, { as_of: ["2026-02-16T10:00:00Z", null] }),
    more,
    point("2026-02-18", 3, { as_of: more.as_of, converted_total: partial }),
  ]);
  expect(joined(line)).toEqual([false, false, false]);
  expect(line.points.at(-1)?.isPartial).toBe(true);
});

test("a day that cannot be converted is counted, not shown as zero", () => {
  const lost = point("2026-02-17", null, { totals_by_currency: { CAD: 5, USD: 1 } });
  const exactDay = point("2026-02-18", null, { totals_by_currency: { USD: 7 } });
  const line = series([point("2026-02-16", 1), lost, exactDay]);
  expect(line.points.map(({ value }) => value)).toEqual([1, 7]);
  expect(line.hiddenCount).toBe(1);
});

test("without rates there is a line only of a single currency", () => {
  const held = { totals_by_currency: { CAD: 5 } };
  expect(series([point("2026-02-16", null, held)])).toMatchObject({ currency: "CAD", points: [{ value: 5 }] });
  expect(series([point("2026-02-16", null, held), point("2026-02-17", null)])).toBeNull();
  expect(series([])).toBeNull();
});

test("ranges are offered as far as the data allow, and end with the last observation", () => {
  const days = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      point(new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10), index),
    );
  expect(listRanges(series(days(20)))).toEqual([]);
  expect(listRanges(series(days(40)))).toEqual(["month", "all"]);
  expect(listRanges(series(days(400)))).toEqual(["month", "quarter", "year", "all"]);
  const month = cutSeries(series(days(100)), "month");
  expect(month.points).toHaveLength(32);
  expect(month.points.at(-1)?.value).toBe(99);
});

test("the scale holds each point and event, and its lines have round values", () => {
  const line = series(
    [point("2026-02-16", 980), point("2026-02-20", 1040)],
    [{ at: "2026-02-26T10:00:00Z", kind: "removed" }],
  );
  const { x, y, ticks } = createScale(line);
  expect([toDay("2026-02-16"), toDay("2026-02-26")].map(x)).toEqual([0, 100]);
  expect(y(980)).toBeGreaterThan(0);
  expect(y(1040)).toBeLessThan(100);
  expect(ticks).toEqual([1000]);
  expect(createScale(series([point("2026-02-16", 0)])).y(0)).toBe(50);
});
