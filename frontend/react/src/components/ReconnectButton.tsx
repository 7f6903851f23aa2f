import type { Connection } from "../client/types.js";
import { connectionName } from "./labels.js";

export interface ReconnectProps {
  onReconnect: (connection: Connection) => void;
  isBusy?: boolean | undefined;
}

export const ReconnectButton = ({ connection, onReconnect, isBusy }: ReconnectProps & { connection: Connection }) => (
  <button
    type="button"
    className="tidings-button"
    aria-label={`Reconnect ${connectionName(connection)}`}
    disabled={isBusy}
    onClick={() => onReconnect(connection)}
  >
    Reconnect
  </button>
);
