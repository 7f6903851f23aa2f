import { useState } from "react";
import { PROVIDER_NAMES } from "../client/providers.js";
import type { Connection } from "../client/types.js";
import { ConnectionButton, type ReconnectProps } from "./ConnectionButton.js";
import { DisconnectDialog } from "./DisconnectDialog.js";
import { LastUpdated } from "./LastUpdated.js";
import { canReconnect, connectionName, hasAccessEnded, needsReconnect, reasonLabel, statusLabel } from "./labels.js";

export interface ConnectionListProps extends ReconnectProps {
  connections: readonly Connection[];
  /** Called after the user has confirmed. */
  onDisconnect: (connection: Connection) => unknown;
  locale?: string | undefined;
}

/** List the connections: state, age of the data, and buttons to reconnect and disconnect. */
export function ConnectionList({
  connections,
  onReconnect,
  onDisconnect,
  isBusy = false,
  locale,
}: ConnectionListProps) {
  const [disconnecting, setDisconnecting] = useState<Connection | null>(null);
  if (connections.length === 0) return <p className="tidings-empty">No broker is connected yet.</p>;
  return (
    <>
      <ul className="tidings-connections">
        {connections.map((connection) => {
          const button = { connection, isBusy };
          const hasEnded = hasAccessEnded(connection);
          return (
            <li key={`${connection.provider}/${connection.source_id}`} data-source={connection.source_id}>
              <ConnectionState connection={connection} locale={locale} />
              <div className="tidings-actions">
                {canReconnect(connection) && (
                  <ConnectionButton
                    {...button}
                    label={hasEnded ? "Connect again" : "Reconnect"}
                    onClick={onReconnect}
                  />
                )}
                <ConnectionButton
                  {...button}
                  label={hasEnded ? "Remove" : "Disconnect"}
                  isQuiet
                  onClick={setDisconnecting}
                />
              </div>
            </li>
          );
        })}
      </ul>
      {disconnecting && (
        <DisconnectDialog
          connection={disconnecting}
          onClose={() => setDisconnecting(null)}
          onConfirm={() => {
            setDisconnecting(null);
            onDisconnect(disconnecting);
          }}
        />
      )}
    </>
  );
}

function ConnectionState({ connection, locale }: { connection: Connection; locale: string | undefined }) {
  const { institution, status, status_reason: reason } = connection;
  return (
    <div className="tidings-connections__state">
      <strong>{connectionName(connection)}</strong>{" "}
      {institution && <span className="tidings-muted">{PROVIDER_NAMES[connection.provider]}</span>}
      <div>
        <span className={`tidings-status tidings-status--${status}`}>
          {statusLabel(needsReconnect(connection) ? "reconnect_required" : status)}
        </span>{" "}
        {connection.pending && !hasAccessEnded(connection) && <span className="tidings-badge">New data</span>}
      </div>
      {reason && <div>{reasonLabel(reason)}</div>}
      <div className="tidings-muted">
        <LastUpdated at={connection.last_fetched_at} label="Fetched" locale={locale} />
      </div>
    </div>
  );
}
