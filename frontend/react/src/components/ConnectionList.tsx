import { useState } from "react";
import { PROVIDER_NAMES } from "../client/providers.js";
import type { Connection } from "../client/types.js";
import { DisconnectDialog } from "./DisconnectDialog.js";
import { LastUpdated } from "./LastUpdated.js";
import { connectionName, reasonLabel, statusLabel } from "./labels.js";
import { ReconnectButton, type ReconnectProps } from "./ReconnectButton.js";

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
        {connections.map((connection) => (
          <li key={`${connection.provider}/${connection.source_id}`} data-source={connection.source_id}>
            <ConnectionState connection={connection} locale={locale} />
            <div className="tidings-actions">
              {connection.status !== "ok" && (
                <ReconnectButton connection={connection} onReconnect={onReconnect} isBusy={isBusy} />
              )}
              <button
                type="button"
                className="tidings-button tidings-button--quiet"
                aria-label={`Disconnect ${connectionName(connection)}`}
                disabled={isBusy}
                onClick={() => setDisconnecting(connection)}
              >
                Disconnect
              </button>
            </div>
          </li>
        ))}
      </ul>
      {disconnecting && (
        <DisconnectDialog
          name={connectionName(disconnecting)}
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
  const reason = reasonLabel(connection.status_reason);
  return (
    <div className="tidings-connections__state">
      <strong>{connectionName(connection)}</strong>{" "}
      {connection.institution && <span className="tidings-muted">{PROVIDER_NAMES[connection.provider]}</span>}
      <div>
        <span className={`tidings-status tidings-status--${connection.status}`}>{statusLabel(connection.status)}</span>{" "}
        {connection.pending && <span className="tidings-badge">New data</span>}
      </div>
      {reason && <div>{reason}</div>}
      <div className="tidings-muted">
        <LastUpdated at={connection.last_fetched_at} label="Fetched" locale={locale} />
      </div>
    </div>
  );
}
