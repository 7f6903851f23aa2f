import { formatDay } from "@tidings/react";
import { useState } from "react";
import { locale, texts } from "../locales/texts.ts";
import { useEventLabel } from "./EventMarks.tsx";
import { pointNote, valueLabel } from "./HistoryChart.tsx";
import type { Series } from "./series.ts";

const { history: labels } = texts;

/** Tell the chart as text: its events, and on demand each day. */
export function HistoryTable({ series }: { series: Series }) {
  const [isOpen, setOpen] = useState(false);
  const label = useEventLabel();
  return (
    <>
      {series.events.length > 0 && (
        <ul className="history__events" aria-label={labels.eventList}>
          {series.events.toReversed().map((event) => (
            <li key={`${event.date} ${event.kind} ${event.sourceId}`} data-kind={event.kind}>
              {label(event)}
            </li>
          ))}
        </ul>
      )}
      <details className="history__table" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{labels.table}</summary>
        {isOpen && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll the box
          <section className="history__box" aria-label={labels.table} tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{labels.day}</th>
                  <th scope="col">{labels.value}</th>
                </tr>
              </thead>
              <tbody>
                {series.points.toReversed().map((point) => (
                  <tr key={point.date}>
                    <th scope="row">{formatDay(point.date, locale)}</th>
                    <td>
                      {valueLabel(point, series.currency)}
                      {pointNote(point) && <span className="history__lack tidings-muted"> {pointNote(point)}</span>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      </details>
    </>
  );
}
