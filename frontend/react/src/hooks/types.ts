import type { UseMutationResult } from "@tanstack/react-query";
import type {
  ByProvider,
  Connection,
  LinkedItem,
  ProviderName,
  ProviderPending,
  ProviderRefresh,
  RefreshOptions,
  RefreshResult,
} from "../client/types.js";

/** What the pending poll says. All false until the first answer. */
export interface PendingUpdatesView {
  hasPendingUpdates: boolean;
  plaidPending: boolean;
  snaptradePending: boolean;
  byProvider: ByProvider<ProviderPending>;
  /** Whether any provider needs the user to connect again. */
  reconnectRequired: boolean;
  isLoading: boolean;
  error: Error | null;
  refetch: () => Promise<unknown>;
}

/** Whole seconds; a provider that may be asked now is absent. */
export interface Cooldown extends ByProvider<number> {
  /** Until a refresh of everything would ask anybody: 0 where a connected provider may be asked now. */
  seconds: number;
}

export interface RefreshHoldingsView
  extends Pick<
    UseMutationResult<RefreshResult, Error, RefreshVariables>,
    "reset" | "error" | "isError" | "isSuccess" | "status"
  > {
  /** One POST, also for concurrent clicks, whichever component they come from. Rejects only when aborted. */
  refresh: (providers?: ByProvider<boolean>, options?: Omit<RefreshOptions, "signal">) => Promise<RefreshResult>;
  /** Whether a refresh runs, from whichever component of this tab. */
  isRefreshing: boolean;
  result: RefreshResult | undefined;
  outcomes: ByProvider<ProviderRefresh>;
  cooldown: Cooldown;
}
export interface RefreshVariables extends Omit<RefreshOptions, "signal"> {
  providers?: ByProvider<boolean> | undefined;
}

export interface ConnectSettings {
  /** Where the provider sends the browser back to. Default: the page as it is, without its query. */
  redirectUri?: string | undefined;
  /** How the provider's page is opened. Default: in place of this one. */
  open?: ((url: string) => void) | undefined;
}
export interface ConnectRequest {
  /** The `source_id` of a connection to repair. */
  reconnect?: string | undefined;
  /** SnapTrade: the broker's slug, and whether a lost registration is replaced. */
  broker?: string | undefined;
  replace?: boolean | undefined;
}
export interface ConnectView {
  connect: (provider: ProviderName, request?: ConnectRequest) => Promise<void>;
  /** When the browser is back from Plaid: completes what `connect` began. Null where nothing was begun. */
  complete: () => Promise<LinkedItem | null>;
  isConnecting: boolean;
  error: Error | null;
}
export interface DisconnectView {
  disconnect: (connection: Pick<Connection, "provider" | "source_id">) => Promise<void>;
  disconnectAll: () => Promise<void>;
  isDisconnecting: boolean;
  error: Error | null;
}

/** What to tell the user of a refresh; a host chooses its own toast by `kind`. */
export interface RefreshDescription {
  kind: "refreshed" | "partial" | "wait" | "failed" | "reconnect" | "not_connected";
  message: string;
  seconds?: number;
}
