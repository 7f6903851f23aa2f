"use client";
import { hasAccessEnded } from "../client/connectionStatus.js";
import type { Connection, ProviderName } from "../client/types.js";
import type { ConnectRequest, ConnectSettings, LoadState } from "./types.js";
import { useConnect } from "./useConnect.js";
import { useConnections, useDisconnect } from "./useConnections.js";

export interface ConnectionListState {
  state: LoadState;
  connections: readonly Connection[];
  isPending: boolean;
  /** The error of the last attempt to connect or disconnect. */
  error: Error | null;
  connect: (provider: ProviderName, request?: ConnectRequest) => void;
  /** Repair a connection, or connect again where access has ended. `replace`: the user agreed to replace the registration. */
  reconnect: (connection: Connection, options?: { replace?: boolean }) => void;
  /** Whether to ask the user before `reconnect(connection, {replace: true})`: it ends all connections of the provider. */
  needsReplacement: (connection: Connection) => boolean;
  disconnect: (connection: Connection) => void;
  /** Disconnect everything. The server deletes the whole history too. */
  disconnectAll: () => void;
}

const needsReplacement = ({ status_reason: reason }: Connection) => reason === "credential_lost";

/** Manage the list of connections with its actions, without markup. */
export function useConnectionList(settings?: ConnectSettings): ConnectionListState {
  const { data = [], state } = useConnections();
  const connecting = useConnect(settings);
  const disconnecting = useDisconnect();
  // The error is in `error`; the promise's rejection would be reported as unhandled.
  const ignore = () => undefined;
  const connect = (provider: ProviderName, request?: ConnectRequest) =>
    void connecting.connect(provider, request).catch(ignore);
  return {
    state,
    connections: data,
    isPending: connecting.isPending || disconnecting.isPending,
    error: connecting.error ?? disconnecting.error,
    connect,
    // SnapTrade's portal repairs only connections that still exist. The API replaces an ended item of Plaid.
    reconnect: (connection, { replace = false } = {}) =>
      connect(
        connection.provider,
        replace
          ? { replace }
          : hasAccessEnded(connection) && connection.provider === "snaptrade"
            ? {}
            : { reconnect: connection.source_id },
      ),
    needsReplacement,
    disconnect: (connection) => void disconnecting.disconnect(connection).catch(ignore),
    disconnectAll: () => void disconnecting.disconnectAll().catch(ignore),
  };
}
