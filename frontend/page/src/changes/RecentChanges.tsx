import { type ChangeSet, type Connection, formatInstant, type Portfolio } from "@tidings/react";
import { useState } from "react";
import { nameConnection } from "../connecting/nameConnection.ts";
import { useChanges } from "../history/useHistory.ts";
import { locale, say, texts } from "../locales/texts.ts";
import { ChangeList } from "./ChangeList.tsx";

const { changes: labels } = texts;

const SETS_AT_FIRST = 3;
const ROWS_AT_FIRST = 8;

interface RecentChangesProps {
  portfolio: Portfolio;
  connections: readonly Connection[];
}

/** Show what the last updates changed in the positions. A new price alone is no change. */
export function RecentChanges({ portfolio, connections }: RecentChangesProps) {
  const { data, error } = useChanges();
  const [isWhole, setWhole] = useState(false);
  if (!data && !error) return null;
  const shown = isWhole ? data : data?.slice(0, SETS_AT_FIRST);
  return (
    <section className="card" aria-labelledby="changes">
      <h2 id="changes">{labels.title}</h2>
      {!shown ? (
        <p className="tidings-empty">{labels.failed}</p>
      ) : shown.length === 0 ? (
        <p className="tidings-empty">{labels.none}</p>
      ) : (
        shown.map((set) => (
          <Changes key={`${set.at} ${set.source_id}`} set={set} portfolio={portfolio} connections={connections} />
        ))
      )}
      {data && shown && data.length > shown.length && (
        <button type="button" className="tidings-button tidings-button--quiet" onClick={() => setWhole(true)}>
          {say(labels.more, { count: data.length - shown.length })}
        </button>
      )}
    </section>
  );
}

function Changes({ set, portfolio, connections }: RecentChangesProps & { set: ChangeSet }) {
  const connection = connections.find(({ source_id }) => source_id === set.source_id);
  const name = connection ? nameConnection(connection) : labels.aConnection;
  const count = set.added + set.removed + set.quantity_changed;
  const rows = set.rows.slice(0, ROWS_AT_FIRST);
  return (
    <article className="change-set">
      <h3>
        <time dateTime={set.at}>{formatInstant(set.at, locale)}</time> <span className="tidings-muted">{name}</span>
      </h3>
      <ChangeList rows={rows} portfolio={portfolio} label={say(labels.of, { name })} />
      {count > rows.length && <p className="tidings-muted">{say(labels.moreRows, { count: count - rows.length })}</p>}
    </article>
  );
}
