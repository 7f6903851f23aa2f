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

export interface RefreshHoldingsView {
  /**
   * One POST, also for concurrent clicks, whichever component they come from. Never rejects for what the API answers:
   * the result tells, and `describeRefresh` puts it in words.
   */
  refresh: (providers?: ByProvider<boolean>, options?: RefreshOptions) => Promise<RefreshResult>;
  /** Whether a refresh runs, from whichever component of this tab. */
  isRefreshing: boolean;
  /** Of this tab's last refresh. */
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
  /** When the browser is back: completes what `connect` began at Plaid, and reads all again. Null where Plaid has no part. */
  complete: () => Promise<LinkedItem | null>;
  isConnecting: boolean;
  error: Error | null;
}
export interface DisconnectView {
  disconnect: (connection: Connected) => Promise<void>;
  disconnectAll: () => Promise<void>;
  isDisconnecting: boolean;
  /** Which one. */
  disconnecting: Connected | "all" | undefined;
  error: Error | null;
}

/** What to tell the user of a refresh; a host chooses its own toast by `kind`. */
export interface RefreshDescription {
  kind: "refreshed" | "partial" | "wait" | "failed" | "reconnect" | "not_connected";
  message: string;
  seconds?: number;
}
