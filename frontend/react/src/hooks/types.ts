import type { UseQueryResult } from "@tanstack/react-query";
import type {
  ByProvider,
  Connection,
  LinkedItem,
  PaidRefresh,
  PaidRefreshAccepted,
  PendingUpdates,
  Portfolio,
  ProviderName,
  ProviderPending,
  ProviderRefresh,
  RefreshOptions,
  RefreshResult,
} from "../client/types.js";

/**
 * What there is to show. `ready` and `empty`: loaded. `signed_out`: the API asks for a sign-in. `offline`: this device
 * is. `unreachable`: the server does not respond. `blocked`: the server is up, but its CORS settings do not allow this
 * page's origin. `failed`: the server responded with another error.
 */
export type LoadState = "loading" | "ready" | "empty" | "signed_out" | "offline" | "unreachable" | "blocked" | "failed";

interface Loaded {
  state: LoadState;
}

/** The result of the pending poll. All flags are false until the first response: see `state`. */
export type PendingUpdatesView<Selected = PendingUpdates> = UseQueryResult<Selected> & Loaded & PendingFlags;

export interface PendingFlags {
  hasPendingUpdates: boolean;
  plaidPending: boolean;
  snaptradePending: boolean;
  byProvider: ByProvider<ProviderPending>;
  /** Whether any provider needs the user to connect again. */
  reconnectRequired: boolean;
  /** How many polls have failed since the last response. One may be a lost packet; two are an outage. */
  failedPolls: number;
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
  isPending: boolean;
  /** The result of this tab's last refresh. */
  data: RefreshResult | undefined;
  /** @deprecated Use `isPending`. */
  isRefreshing: boolean;
  /** @deprecated Use `data`. */
  result: RefreshResult | undefined;
  outcomes: ByProvider<ProviderRefresh>;
  cooldown: Cooldown;
}

export type HoldingsView<Selected = Portfolio> = UseQueryResult<Selected> &
  Loaded & {
    /** @deprecated Use `data`. */
    portfolio: Selected | undefined;
  };

export interface PaidRefreshView {
  start: (providers?: ByProvider<boolean>) => Promise<PaidRefreshAccepted>;
  providers: PaidRefresh["providers"];
  /** Whether the providers are still at it: longer than `isPending`, which is the request alone. */
  isRunning: boolean;
  isPending: boolean;
  data: PaidRefreshAccepted | undefined;
  error: Error | null;
}

export type ConnectionsView<Selected = Connection[]> = UseQueryResult<Selected> &
  Loaded & {
    /** @deprecated Use `data`. */
    connections: Selected | undefined;
  };

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
  isPending: boolean;
  /** @deprecated Use `isPending`. */
  isConnecting: boolean;
  error: Error | null;
}
export interface DisconnectView {
  disconnect: (connection: Connected) => Promise<void>;
  disconnectAll: () => Promise<void>;
  isPending: boolean;
  /** @deprecated Use `isPending`. */
  isDisconnecting: boolean;
  /** The connection that is being disconnected. */
  disconnecting: Connected | "all" | undefined;
  error: Error | null;
}

/** The text of a refresh for the user. A host chooses its toast by `kind`. */
export interface RefreshDescription {
  kind: "refreshed" | "partial" | "wait" | "failed" | "reconnect" | "not_connected" | "nothing_to_do";
  message: string;
  seconds?: number;
}
