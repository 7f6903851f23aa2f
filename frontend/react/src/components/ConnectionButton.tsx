import type { Connection } from "../client/types.js";
import { connectionName } from "./labels.js";

export interface ReconnectProps {
  /** Called to reconnect, and to connect again where access has ended (`hasAccessEnded`). */
  onReconnect: (connection: Connection) => void;
  isBusy?: boolean | undefined;
}

interface ConnectionButtonProps {
  connection: Connection;
  label: string;
  isQuiet?: boolean;
  isBusy: boolean;
  onClick: (connection: Connection) => void;
}

/** Show a button whose accessible name says which connection it is for. */
export const ConnectionButton = ({ connection, label, isQuiet, isBusy, onClick }: ConnectionButtonProps) => (
  <button
    type="button"
    className={`tidings-button${isQuiet ? " tidings-button--quiet" : ""}`}
    aria-label={`${label} ${connectionName(connection)}`}
    disabled={isBusy}
    onClick={() => onClick(connection)}
  >
    {label}
  </button>
);
