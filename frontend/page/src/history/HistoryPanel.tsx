import type { Portfolio } from "@tidings/react";
import { useMemo, useState } from "react";
import { Choice } from "../Choice.tsx";
import { say, texts } from "../locales/texts.ts";
import { HistoryChart } from "./HistoryChart.tsx";
import { HistoryTable } from "./HistoryTable.tsx";
import { buildSeries, cutSeries, listRanges, type Range, type Series } from "./series.ts";
import { useHistory } from "./useHistory.ts";

const { history: labels } = texts;

/** Show the portfolio's line over time. */
export function HistoryPanel({ portfolio }: { portfolio: Portfolio }) {
  const { data, error } = useHistory(portfolio);
  const series = useMemo(() => (data ? buildSeries(data) : null), [data]);
  return (
    <section className="history" aria-label={labels.title}>
      {series ? (
        <Line series={series} />
      ) : (
        <p className="tidings-muted history__empty">
          {data ? labels.notConvertible : error ? labels.failed : labels.loading}
        </p>
      )}
    </section>
  );
}

function Line({ series }: { series: Series }) {
  const ranges = listRanges(series);
  const [chosen, setChosen] = useState<Range>("quarter");
  const range = ranges.includes(chosen) ? chosen : "all";
  const shown = useMemo(() => cutSeries(series, range), [series, range]);
  if (series.points.length === 1) return <p className="tidings-muted history__empty">{labels.firstDay}</p>;
  return (
    <>
      {ranges.length > 0 && (
        <Choice
          legend={labels.range}
          options={ranges.map((value) => ({ value, title: labels.ranges[value] }))}
          value={range}
          onChange={setChosen}
        />
      )}
      <HistoryChart series={shown} />
      {series.hiddenCount > 0 && (
        <p className="tidings-muted history__note">{say(labels.hidden, { count: series.hiddenCount })}</p>
      )}
      <HistoryTable series={shown} />
    </>
  );
}
