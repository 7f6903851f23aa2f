import {
  type Connection,
  connectionName,
  hasAccessEnded,
  type ProviderName,
  useConnect,
  useDisconnect,
} from "@tidings/react";
import { toast } from "sonner";
import { showErrorToast } from "./toasts.ts";
import { buildRedirectUri, useConnectionRedirect } from "./useConnectionRedirect.ts";

export interface Connecting {
  connect: (provider: ProviderName) => void;
  reconnect: (connection: Connection) => void;
  disconnect: (connection: Connection) => void;
  isBusy: boolean;
}

/** Connect, reconnect and disconnect, with toasts for each outcome. */
export function useConnecting(onConnected: () => void): Connecting {
  const connecting = useConnect({ redirectUri: buildRedirectUri() });
  const { disconnect, isDisconnecting } = useDisconnect();
  useConnectionRedirect(connecting, onConnected);

  const open = (provider: ProviderName, request?: { reconnect?: string; replace?: boolean }) => {
    connecting
      .connect(provider, request)
      .catch((error: unknown) => showErrorToast("The provider’s page could not be opened", error));
  };
  const reconnect = (connection: Connection) => {
    // SnapTrade's portal repairs only connections that still exist. The API replaces an ended item of Plaid.
    if (hasAccessEnded(connection) && connection.provider === "snaptrade") return open(connection.provider);
    if (connection.status_reason !== "credential_lost") {
      return open(connection.provider, { reconnect: connection.source_id });
    }
    // Ask the user first: replacing a lost registration disconnects all its connections.
    toast.warning(`${connectionName(connection)} has to be connected anew`, {
      description: "This disconnects all your SnapTrade connections here. You can connect each of them again.",
      duration: 20_000,
      action: { label: "Connect anew", onClick: () => open(connection.provider, { replace: true }) },
    });
  };
  const disconnectWithToast = (connection: Connection) => {
    disconnect(connection)
      .then(() => toast.success(`${connectionName(connection)} is disconnected`))
      .catch((error: unknown) => showErrorToast(`${connectionName(connection)} could not be disconnected`, error));
  };
  return {
    connect: open,
    reconnect,
    disconnect: disconnectWithToast,
    isBusy: connecting.isConnecting || isDisconnecting,
  };
}
