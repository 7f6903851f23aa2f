import type {
  ByProvider,
  Connection,
  LinkedItem,
  PaidRefresh,
  PaidRefreshAccepted,
  Portfolio,
  ProviderName,
  ProviderPending,
  ProviderRefresh,
  RefreshOptions,
  RefreshResult,
} from "../client/types.js";

/** The state of the pending poll. All false until the first response. */
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

/** Whole seconds left, by provider. A provider that can be refreshed now is absent. */
export interface Cooldown extends ByProvider<number> {
  /** Seconds until at least one connected provider can be refreshed; 0 if one can be now. */
  seconds: number;
}

export interface RefreshHoldingsView {
  /**
   * Send one POST, also for concurrent clicks in several components. Resolves also for an API error, which is in the
   * result; `describeRefresh` turns the result into text.
   */
  refresh: (providers?: ByProvider<boolean>, options?: RefreshOptions) => Promise<RefreshResult>;
  /** Whether any component of this tab is refreshing. */
  isRefreshing: boolean;
  /** The result of this tab's last refresh. */
  result: RefreshResult | undefined;
  outcomes: ByProvider<ProviderRefresh>;
  cooldown: Cooldown;
}

export interface HoldingsView {
  portfolio: Portfolio | undefined;
  isLoading: boolean;
  isFetching: boolean;
  error: Error | null;
  refetch: () => Promise<unknown>;
}

export interface PaidRefreshView {
  start: (providers?: ByProvider<boolean>) => Promise<PaidRefreshAccepted>;
  providers: PaidRefresh["providers"];
  isRunning: boolean;
  error: Error | null;
}

export interface ConnectionsView {
  connections: Connection[] | undefined;
  isLoading: boolean;
  error: Error | null;
  refetch: () => Promise<unknown>;
}

export type Connected = Pick<Connection, "provider" | "source_id">;

export interface ConnectSettings {
  /** The page to which the provider redirects the browser. Default: the current page without its query. */
  redirectUri?: string | undefined;
  /** Opens the provider's page. Default: in this tab. */
  open?: ((url: string) => void) | undefined;
}
export interface ConnectRequest {
  /** The `source_id` of a connection to repair. */
  reconnect?: string | undefined;
  /** SnapTrade only: the broker's slug, and whether to replace a lost registration. */
  broker?: string | undefined;
  replace?: boolean | undefined;
}
export interface ConnectView {
  connect: (provider: ProviderName, request?: ConnectRequest) => Promise<void>;
  /** After the redirect: complete the connection that `connect` started, and refetch all. Null unless it is Plaid's. */
  complete: () => Promise<LinkedItem | null>;
  isConnecting: boolean;
  error: Error | null;
}
export interface DisconnectView {
  disconnect: (connection: Connected) => Promise<void>;
  disconnectAll: () => Promise<void>;
  isDisconnecting: boolean;
  /** The connection that is being disconnected. */
  disconnecting: Connected | "all" | undefined;
  error: Error | null;
}

/** The text of a refresh for the user. A host chooses its toast by `kind`. */
export interface RefreshDescription {
  kind: "refreshed" | "partial" | "wait" | "failed" | "reconnect" | "not_connected";
  message: string;
  seconds?: number;
}
