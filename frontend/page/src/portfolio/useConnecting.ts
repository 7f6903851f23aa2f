import { type Connection, connectionName, type ProviderName, useConnect, useDisconnect } from "@tidings/react";
import { toast } from "sonner";
import { tellOfFailure } from "./toasts.ts";
import { returnAddress, useReturn } from "./useReturn.ts";

export interface Connecting {
  connect: (provider: ProviderName) => void;
  reconnect: (connection: Connection) => void;
  disconnect: (connection: Connection) => void;
  isBusy: boolean;
}

/** Connect, repair and end connections, each with its toasts. */
export function useConnecting(onConnected: () => void): Connecting {
  const connecting = useConnect({ redirectUri: returnAddress() });
  const { disconnect, isDisconnecting } = useDisconnect();
  useReturn(connecting, onConnected);

  const open = (provider: ProviderName, request?: { reconnect?: string; replace?: boolean }) => {
    connecting
      .connect(provider, request)
      .catch((error: unknown) => tellOfFailure("The provider’s page could not be opened", error));
  };
  const reconnect = (connection: Connection) => {
    if (connection.status_reason !== "credential_lost") {
      return open(connection.provider, { reconnect: connection.source_id });
    }
    // A lost registration can't be repaired, and its replacement ends all its connections: the user decides.
    toast.warning(`${connectionName(connection)} has to be connected anew`, {
      description: "This ends all your SnapTrade connections here. You can connect each of them again.",
      duration: 20_000,
      action: { label: "Connect anew", onClick: () => open(connection.provider, { replace: true }) },
    });
  };
  const end = (connection: Connection) => {
    disconnect(connection)
      .then(() => toast.success(`${connectionName(connection)} is disconnected`))
      .catch((error: unknown) => tellOfFailure(`${connectionName(connection)} could not be disconnected`, error));
  };
  return { connect: open, reconnect, disconnect: end, isBusy: connecting.isConnecting || isDisconnecting };
}
