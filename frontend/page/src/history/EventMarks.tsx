import { formatDay } from "@tidings/react";
import { useConnections } from "@tidings/react/connections";
import { nameConnection } from "../connecting/nameConnection.ts";
import { locale, say, texts } from "../locales/texts.ts";
import type { Scale } from "./scale.ts";
import type { Series, SeriesEvent } from "./series.ts";

const { history: labels } = texts;

/** Return the function that says which connection was added or removed, and when. A removed one has no name any more. */
export function useEventLabel(): (event: SeriesEvent) => string {
  const { data: connections } = useConnections();
  return ({ kind, date, sourceId }) => {
    const connection = connections?.find(({ source_id }) => source_id === sourceId);
    return say(labels.events[kind], {
      name: connection ? nameConnection(connection) : labels.aConnection,
      date: formatDay(date, locale),
    });
  };
}

/** Mark the days on which a connection was added or removed: the step there is no gain and no loss. */
export function EventMarks({ series: { events }, scale }: { series: Series; scale: Scale }) {
  const label = useEventLabel();
  return (
    <div className="chart__events" aria-hidden="true">
      {events.map((event) => (
        <span
          key={`${event.date} ${event.kind} ${event.sourceId}`}
          data-kind={event.kind}
          title={label(event)}
          style={{ left: `${scale.x(event.day)}%` }}
        >
          {event.kind === "added" ? "+" : "−"}
        </span>
      ))}
    </div>
  );
}
