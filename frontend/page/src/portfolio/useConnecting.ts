import { type Connection, connectionName, hasAccessEnded, type ProviderName } from "@tidings/react";
import { useConnect, useDisconnect } from "@tidings/react/connections";
import { toast } from "sonner";
import { say, texts } from "../locales/texts.ts";
import { showErrorToast } from "./toasts.ts";
import { buildRedirectUri, useConnectionRedirect } from "./useConnectionRedirect.ts";

const { connections: labels } = texts;

export interface Connecting {
  connect: (provider: ProviderName) => void;
  reconnect: (connection: Connection) => void;
  disconnect: (connection: Connection) => void;
  disconnectAll: () => void;
  isBusy: boolean;
}

/** Connect, reconnect and disconnect, with toasts for each outcome. */
export function useConnecting(onConnected: () => void): Connecting {
  const connecting = useConnect({ redirectUri: buildRedirectUri() });
  const { disconnect, disconnectAll, isPending } = useDisconnect();
  useConnectionRedirect(connecting, onConnected);

  const open = (provider: ProviderName, request?: { reconnect?: string; replace?: boolean }) => {
    connecting.connect(provider, request).catch((error: unknown) => showErrorToast(labels.notOpened, error));
  };
  const reconnect = (connection: Connection) => {
    // SnapTrade's portal repairs only connections that still exist. The API replaces an ended item of Plaid.
    if (hasAccessEnded(connection) && connection.provider === "snaptrade") return open(connection.provider);
    if (connection.status_reason !== "credential_lost") {
      return open(connection.provider, { reconnect: connection.source_id });
    }
    // Ask the user first: replacing a lost registration disconnects all its connections.
    toast.warning(say(labels.anew, { name: connectionName(connection) }), {
      description: labels.anewText,
      duration: 20_000,
      action: { label: labels.anewAction, onClick: () => open(connection.provider, { replace: true }) },
    });
  };
  const disconnectWithToast = (connection: Connection) => {
    disconnect(connection)
      .then(() => toast.success(say(labels.disconnected, { name: connectionName(connection) })))
      .catch((error: unknown) =>
        showErrorToast(say(labels.notDisconnected, { name: connectionName(connection) }), error),
      );
  };
  const disconnectAllWithToast = () => {
    disconnectAll()
      .then(() => toast.success(labels.allDisconnected))
      .catch((error: unknown) => showErrorToast(labels.notAllDisconnected, error));
  };
  return {
    connect: open,
    reconnect,
    disconnect: disconnectWithToast,
    disconnectAll: disconnectAllWithToast,
    isBusy: connecting.isPending || isPending,
  };
}
