import { type Connection, connectionName } from "@tidings/react";

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
    <ul className="warnings" aria-label="Connected twice">
      {pairs.map(({ newer, older }) => (
        <li key={newer.source_id}>
          {connectionName(newer)} is connected twice.{" "}
          {newer.unmatched_accounts.length > 0 ? (
            `Removing the older connection would also remove ${newer.unmatched_accounts.join(", ")}.`
          ) : (
            <button type="button" className="tidings-button" disabled={isBusy} onClick={() => onDisconnect(older)}>
              Keep only the newer one
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
