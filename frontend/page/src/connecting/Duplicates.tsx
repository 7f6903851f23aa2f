import type { Connection } from "@tidings/react";
import { say, texts } from "../locales/texts.ts";
import { nameConnection } from "./nameConnection.ts";

const { connections: labels } = texts;

interface DuplicatesProps {
  connections: readonly Connection[];
  onDisconnect: (connection: Connection) => void;
  isBusy: boolean;
}

/** List the connections that show the accounts of an older one, and offer to remove that if nothing else goes with it. */
export function Duplicates({ connections, onDisconnect, isBusy }: DuplicatesProps) {
  const pairs = connections.flatMap((newer) => {
    const older = connections.find(({ source_id }) => source_id === newer.duplicate_of);
    return older ? [{ newer, older }] : [];
  });
  if (pairs.length === 0) return null;
  return (
    <ul className="duplicates" aria-label={labels.twice}>
      {pairs.map(({ newer, older }) => (
        <li key={newer.source_id}>
          <span>
            {say(labels.isTwice, { name: nameConnection(newer) })}
            {newer.unmatched_accounts.length > 0 &&
              ` ${say(labels.alsoRemoves, { accounts: newer.unmatched_accounts.join(", ") })}`}
          </span>
          {newer.unmatched_accounts.length === 0 && (
            <button type="button" className="tidings-button" disabled={isBusy} onClick={() => onDisconnect(older)}>
              {labels.keepNewer}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
