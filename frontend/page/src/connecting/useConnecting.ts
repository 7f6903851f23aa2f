import { type Connection, hasAccessEnded, type ProviderName } from "@tidings/react";
import { useConnect, useDisconnect } from "@tidings/react/connections";
import { useState } from "react";
import { toast } from "sonner";
import { say, texts } from "../locales/texts.ts";
import { showErrorToast } from "../portfolio/toasts.ts";
import { listNames, nameConnection } from "./nameConnection.ts";
import { type ImportState, useImport } from "./useImport.ts";
import { buildRedirectUri, rememberRepair, useReturn } from "./useReturn.ts";

const { connections: labels } = texts;

interface OpenRequest {
  broker?: string;
  reconnect?: string;
  replace?: boolean;
}

export interface Connecting {
  connect: (provider: ProviderName, request?: OpenRequest) => void;
  reconnect: (connection: Connection) => void;
  disconnect: (connection: Connection) => void;
  disconnectAll: () => void;
  isBusy: boolean;
  /** Whether the browser is on its way to the broker's page. */
  isOpening: boolean;
  /** Whether the list of brokers is open. */
  isAdding: boolean;
  setAdding: (isAdding: boolean) => void;
  /** The connection whose registration was lost, while the user decides whether to replace it. */
  replacing: Connection | null;
  setReplacing: (connection: Connection | null) => void;
  replace: () => void;
  imports: Record<ProviderName, ImportState>;
}

/** Connect, import, reconnect and disconnect, with toasts for each outcome. */
export function useConnecting(connections: readonly Connection[] | undefined): Connecting {
  const connecting = useConnect({ redirectUri: buildRedirectUri() });
  const { disconnect, disconnectAll, isPending } = useDisconnect();
  const { returned, isCompleting, clear } = useReturn(connecting);
  const [isAdding, setAdding] = useState(false);
  const [replacing, setReplacing] = useState<Connection | null>(null);
  const settings = {
    connections,
    returned,
    isPaused: isCompleting,
    onImported: showConnectedToast,
    onReturnHandled: clear,
  };
  const imports = { plaid: useImport("plaid", settings), snaptrade: useImport("snaptrade", settings) };

  const open = (provider: ProviderName, request?: OpenRequest) => {
    setAdding(false);
    rememberRepair(request?.reconnect);
    connecting.connect(provider, request).catch((error: unknown) => showErrorToast(labels.notOpened, error));
  };
  const reconnect = (connection: Connection) => {
    // SnapTrade's portal repairs only connections that still exist. The API replaces an ended item of Plaid.
    if (hasAccessEnded(connection) && connection.provider === "snaptrade") return open(connection.provider);
    if (connection.status_reason !== "credential_lost") {
      return open(connection.provider, { reconnect: connection.source_id });
    }
    setReplacing(connection);
  };
  const replace = () => {
    setReplacing(null);
    if (replacing) open(replacing.provider, { replace: true });
  };
  const disconnectWithToast = (connection: Connection) => {
    disconnect(connection)
      .then(() => toast.success(say(labels.disconnected, { name: nameConnection(connection) })))
      .catch((error: unknown) =>
        showErrorToast(say(labels.notDisconnected, { name: nameConnection(connection) }), error),
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
    isOpening: connecting.isPending && !isCompleting,
    isAdding,
    setAdding,
    replacing,
    setReplacing,
    replace,
    imports,
  };
}

function showConnectedToast(connections: readonly Connection[]): void {
  const name = connections.length > 0 ? listNames(connections) : labels.yourBroker;
  toast.success(say(labels.connected, { name, count: Math.max(1, connections.length) }));
}
