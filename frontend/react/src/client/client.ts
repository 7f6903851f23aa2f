import {
  zCombinedPending,
  zCombinedPull,
  zConnections,
  zInstitutions,
  zLinkedItem,
  zLiveTicket,
  zPlaidConnectionUrl,
  zPortfolio,
  zProviderPending,
  zPullAccepted,
  zSnapTradeConnectionUrl,
} from "../generated/checks/zod.gen.js";
import type {
  ChangeSets,
  PlaidCompletionBody,
  PlaidConnectionBody,
  PlaidExchangeBody,
  RefreshBody,
  SnapTradeConnectionBody,
} from "../generated/types/types.gen.js";
import { extractPortfolio, withDefaults } from "./portfolio.js";
import {
  isTidingsError,
  NO_PROVIDER_SELECTED,
  resultFromError,
  resultFromPortfolio,
  selectProviders,
} from "./refreshResult.js";
import { object } from "./schemaTypes.js";
import { createTransport, type RequestOptions, type SendRequest } from "./transport.js";
import type {
  ByProvider,
  CallOptions,
  ClientOptions,
  ConnectOptions,
  Portfolio,
  PortfolioHistory,
  ProviderName,
  RefreshOptions,
  RefreshResult,
  TidingsClient,
} from "./types.js";

const ROOTS: Record<ProviderName, string> = { plaid: "/plaid", snaptrade: "/api/snaptrade" };

/** Create a typed client that checks each response. Create a new one for each user: a client caches its user's data. */
export function createClient(options: ClientOptions): TidingsClient {
  const { send, clockOffset } = createTransport(options);
  const withCurrency: Locate = (path) => {
    const currency = options.getCurrency?.();
    return currency ? `${path}?currency=${encodeURIComponent(currency)}` : path;
  };
  return {
    baseUrl: options.baseUrl,
    clockOffset,
    getHoldings: (provider, options) =>
      requestHoldings(send, withCurrency(`${provider ? ROOTS[provider] : ""}/holdings`), { ...options }),
    getHistory: (options) =>
      send(withCurrency("/holdings/history"), { ...options, isCached: true }, (body) => body as PortfolioHistory),
    getChanges: (options) => send("/holdings/changes", { ...options }, (body) => (body as ChangeSets).changes),
    ...pendingCalls(send),
    ...refreshCalls(send, withCurrency),
    ...connectionCalls(send),
  };
}

const checkHoldings = object({ holdings: zPortfolio });

/** Add the currency of the totals to a path. */
type Locate = (path: string) => string;

const requestHoldings = (send: SendRequest, path: string, options: RequestOptions): Promise<Portfolio> =>
  send(path, options, (body, at) => extractPortfolio(checkHoldings(withDefaults(body), at)));

/** Fields that are undefined are not sent. */
type Sparse<Body> = { [Key in keyof Body]?: Body[Key] | undefined };

const post = <Body extends object>(body: Sparse<Body>, { signal }: CallOptions = {}): RequestOptions => ({
  method: "POST",
  body,
  signal,
});

function pendingCalls(
  send: SendRequest,
): Pick<TidingsClient, "getPendingUpdates" | "getPaidRefresh" | "createLiveTicket"> {
  function getPendingUpdates(provider?: ProviderName, options?: CallOptions) {
    const request = { ...options, isCached: true };
    return provider
      ? send(`${ROOTS[provider]}/pending-updates`, request, zProviderPending)
      : send("/pending-updates", request, zCombinedPending);
  }
  return {
    getPendingUpdates: getPendingUpdates as TidingsClient["getPendingUpdates"],
    getPaidRefresh: (options) => send("/holdings/refresh", { ...options }, zCombinedPull),
    createLiveTicket: (options) => send("/live-ticket", { ...options, method: "POST" }, zLiveTicket),
  };
}

function refreshCalls(send: SendRequest, withCurrency: Locate) {
  const path = "/holdings/refresh";
  const refreshBody = (flags: ByProvider<boolean> | undefined, options: RefreshOptions = {}) => ({
    providers: flags && selectProviders(flags),
    all: options.all || undefined,
  });

  const refreshOne = (root: string) => (options?: RefreshOptions) =>
    requestHoldings(send, withCurrency(root + path), post<RefreshBody>(refreshBody(undefined, options), options));

  async function refreshHoldings(flags?: ByProvider<boolean>, options?: RefreshOptions): Promise<RefreshResult> {
    const providers = selectProviders(flags);
    if (providers.length === 0) return NO_PROVIDER_SELECTED;
    try {
      const portfolio = await requestHoldings(
        send,
        withCurrency(path),
        post<RefreshBody>(refreshBody(flags, options), options),
      );
      return resultFromPortfolio(portfolio, providers, Date.now());
    } catch (error) {
      if (!isTidingsError(error)) throw error;
      return resultFromError(error, providers, Date.now());
    }
  }

  return {
    refreshHoldings,
    refreshPlaidHoldings: refreshOne(ROOTS.plaid),
    refreshSnapTradeHoldings: refreshOne(ROOTS.snaptrade),
    startPaidRefresh: (flags?: ByProvider<boolean>, options?: CallOptions) =>
      send(path, post<RefreshBody>({ ...refreshBody(flags), paid: true }, options), zPullAccepted),
  };
}

function connectionCalls(send: SendRequest) {
  const remove = (path: string, { signal }: CallOptions = {}) =>
    send(path, { method: "DELETE", signal }, () => undefined);

  return {
    getConnections: (options) =>
      send("/connections", { ...options }, (body, path) => zConnections(body, path).connections),
    getInstitutions: (options) => send("/institutions", { ...options, isCached: true }, zInstitutions),
    createPlaidConnectionUrl: (options) =>
      send(
        "/plaid/create-connection-url",
        post<PlaidConnectionBody>(connectBody(options), options),
        zPlaidConnectionUrl,
      ),
    completePlaidConnection: (link_token, options) =>
      send("/plaid/complete-connection", post<PlaidCompletionBody>({ link_token }, options), zLinkedItem),
    exchangePlaidPublicToken: (public_token, options) =>
      send("/plaid/exchange-public-token", post<PlaidExchangeBody>({ public_token }, options), zLinkedItem),
    createSnapTradeConnectionUrl: (options = {}) =>
      send(
        "/api/snaptrade/create-connection-url",
        post<SnapTradeConnectionBody>(
          { ...connectBody(options), broker: options.broker || undefined, replace: options.replace || undefined },
          options,
        ),
        zSnapTradeConnectionUrl,
      ),
    deletePlaidItem: (id, options) => remove(`/plaid/items/${encodeURIComponent(id)}`, options),
    deleteSnapTradeConnection: (id, options) => remove(`/api/snaptrade/connections/${encodeURIComponent(id)}`, options),
    deleteAllConnections: (options) => remove("/connections", options),
  } satisfies Partial<TidingsClient>;
}

const connectBody = ({ reconnect, redirectUri }: ConnectOptions = {}) => ({
  reconnect: reconnect || undefined,
  redirect_uri: redirectUri || undefined,
});
