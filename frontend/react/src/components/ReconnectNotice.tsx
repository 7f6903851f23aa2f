import type { Connection } from "../client/types.js";
import { ConnectionButton, type ReconnectProps } from "./ConnectionButton.js";
import { connectionName, needsReconnect, reasonLabel } from "./labels.js";

export interface ReconnectNoticeProps extends ReconnectProps {
  /** All connections. Those that work are not shown. */
  connections: readonly Connection[];
}

/** List the connections that get no updates until the user signs in there again. Renders nothing if all work. */
export function ReconnectNotice({ connections, onReconnect, isBusy = false }: ReconnectNoticeProps) {
  const broken = connections.filter(needsReconnect);
  if (broken.length === 0) return null;
  return (
    <section className="tidings-notice" aria-label="Reconnect needed">
      <ul>
        {broken.map((connection) => (
          <li key={`${connection.provider}/${connection.source_id}`}>
            <span>
              <strong>{connectionName(connection)} needs you to sign in again.</strong>{" "}
              {reasonLabel(connection.status_reason)} Until then you see its last known holdings.
            </span>
            <ConnectionButton connection={connection} label="Reconnect" isBusy={isBusy} onClick={onReconnect} />
          </li>
        ))}
      </ul>
    </section>
  );
}
