import type {
  AccountTotal,
  ChangeSet,
  CombinedPending,
  CombinedPull,
  Connection,
  ConvertedTotal,
  HoldingRow,
  Institutions,
  LinkedItem,
  LiveTicket,
  PlaidConnectionUrl,
  History as PortfolioHistory,
  ProviderOutcome,
  ProviderPending,
  PullAccepted,
  SnapTradeConnectionUrl,
  PortfolioMetadata as WireMetadata,
} from "../generated/types/types.gen.js";
import type { ApiError, NetworkError, ResponseFormatError } from "./errors.js";

export type {
  AccountTotal,
  AppliedRate,
  ChangeSet,
  Changes,
  Connection,
  ConvertedTotal,
  History as PortfolioHistory,
  HistoryEvent,
  HistoryPoint,
  HoldingRow,
  Institution,
  Institutions,
  LinkedItem,
  LiveTicket,
  OptionContract,
  PlaidConnectionUrl,
  Position,
  ProviderOutcome,
  ProviderPending,
  ProviderPull,
  RowChange,
  SnapTradeConnectionUrl,
  SourceOutcome,
} from "../generated/types/types.gen.js";

export type ProviderName = "plaid" | "snaptrade";
export type ByProvider<T> = Partial<Record<ProviderName, T>>;

export type PendingUpdates = Omit<CombinedPending, "providers"> & { providers: ByProvider<ProviderPending> };
export type PaidRefresh = Omit<CombinedPull, "providers"> & {
  providers: ByProvider<CombinedPull["providers"][string]>;
};
export type PaidRefreshAccepted = PaidRefresh & Pick<PullAccepted, "status_url">;
/** `usePendingUpdates` says whether updates are known. */
export type PortfolioMetadata = Omit<WireMetadata, "providers" | "state_unknown"> & {
  providers: ByProvider<ProviderOutcome>;
};

/** The portfolio that a host shows. `id` and `name` are the host's own: see `keepIdentity`. */
export interface Portfolio {
  id?: string;
  name?: string;
  holdings: HoldingRow[];
  total_portfolio_value: number;
  totals_by_currency: Record<string, number>;
  accounts: AccountTotal[];
  statement_date: string | null;
  account_type: string;
  /** Unchecked, and absent from older servers. Show its source's citation beside it (docs/currencies.md). */
  converted_total?: ConvertedTotal | null | undefined;
  metadata: PortfolioMetadata;
}

/** The outcome of a refresh at one requested provider. `error` is a problem's slug, such as `provider-outage`. */
export type ProviderRefresh =
  | { status: "refreshed"; asOf: Date | null; changed: boolean; error: string | null }
  | { status: "cooling_down"; seconds: number; until: Date; error: string | null }
  | { status: "failed"; error: string; asOf: Date | null }
  | { status: "reconnect_required"; error: string | null; asOf: Date | null }
  | { status: "not_connected" }
  | { status: "not_configured" };

export type TidingsError = ApiError | NetworkError | ResponseFormatError;

/**
 * The result of a refresh. `portfolio`: all of it, fresh and stored parts together; if null, keep the current one.
 * `error`: null if at least one requested provider was refreshed. `status`: the HTTP status of that error.
 */
export interface RefreshResult {
  portfolio: Portfolio | null;
  error: TidingsError | null;
  status?: number;
  outcomes: ByProvider<ProviderRefresh>;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
}
export interface RefreshOptions extends CallOptions {
  /** Fetch every source, not only those with new data. */
  all?: boolean | undefined;
}
export interface ConnectOptions extends CallOptions {
  /** The `source_id` of the connection to repair. */
  reconnect?: string | undefined;
  /** The page to which the provider redirects the browser, under an allowed origin. */
  redirectUri?: string | undefined;
}
export interface SnapTradeConnectOptions extends ConnectOptions {
  broker?: string | undefined;
  /** Replace a lost registration. This disconnects all its connections. */
  replace?: boolean | undefined;
}

export interface ClientOptions {
  /** The URL of the API; "" for the page's own origin. */
  baseUrl: string;
  /** Return a Bearer token. Without it, only the session cookie is sent. Called once more after a 401. */
  getToken?: (() => string | null | undefined | Promise<string | null | undefined>) | undefined;
  /**
   * Return the currency of the converted total, such as "EUR". Without it, the server's main currency. Called for each
   * request of holdings: after it changes, invalidate `tidingsQueries(client).keys.allHoldings`.
   */
  getCurrency?: (() => string | null | undefined) | undefined;
  fetch?: typeof globalThis.fetch | undefined;
}

export interface TidingsClient {
  readonly baseUrl: string;
  /** Milliseconds that the server's clock is ahead of this machine; 0 if unknown (another origin) or below 3 s. */
  clockOffset(): number;
  getHoldings(provider?: ProviderName, options?: CallOptions): Promise<Portfolio>;
  getPendingUpdates(provider?: undefined, options?: CallOptions): Promise<PendingUpdates>;
  getPendingUpdates(provider: ProviderName, options?: CallOptions): Promise<ProviderPending>;
  /** Request a ticket for the WebSocket of live updates. Raises `ApiError` 404 if the deployment has none. */
  createLiveTicket(options?: CallOptions): Promise<LiveTicket>;
  /** Refresh all selected providers in one call. Returns API errors in the result; throws only for an abort. */
  refreshHoldings(providers?: ByProvider<boolean>, options?: RefreshOptions): Promise<RefreshResult>;
  /** Refresh one provider and return its holdings alone. Raises `ApiError`, also for a 429. */
  refreshPlaidHoldings(options?: RefreshOptions): Promise<Portfolio>;
  /** Refresh one provider and return its holdings alone. Raises `ApiError`, also for a 429. */
  refreshSnapTradeHoldings(options?: RefreshOptions): Promise<Portfolio>;
  startPaidRefresh(providers?: ByProvider<boolean>, options?: CallOptions): Promise<PaidRefreshAccepted>;
  getPaidRefresh(options?: CallOptions): Promise<PaidRefresh>;
  /** What the portfolio was worth on the days on which it was fetched. Unchecked, as it is large. */
  getHistory(options?: CallOptions): Promise<PortfolioHistory>;
  /** The newest sets of changes, the newest first. Unchecked. */
  getChanges(options?: CallOptions): Promise<ChangeSet[]>;
  getConnections(options?: CallOptions): Promise<Connection[]>;
  /** List the brokers that `createSnapTradeConnectionUrl` opens directly, and the providers that are configured. */
  getInstitutions(options?: CallOptions): Promise<Institutions>;
  createPlaidConnectionUrl(options?: ConnectOptions): Promise<PlaidConnectionUrl>;
  completePlaidConnection(linkToken: string, options?: CallOptions): Promise<LinkedItem>;
  exchangePlaidPublicToken(publicToken: string, options?: CallOptions): Promise<LinkedItem>;
  createSnapTradeConnectionUrl(options?: SnapTradeConnectOptions): Promise<SnapTradeConnectionUrl>;
  deletePlaidItem(itemId: string, options?: CallOptions): Promise<void>;
  deleteSnapTradeConnection(connectionId: string, options?: CallOptions): Promise<void>;
  deleteAllConnections(options?: CallOptions): Promise<void>;
}
