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
import { createTransport, type RequestOptions } from "./transport.js";
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
const REFRESH = "/holdings/refresh";
const CREATE_URL = "/create-connection-url";

const checkHoldings = object({ holdings: zPortfolio });

/** Create a typed client that checks each response. Create a new one for each user: a client caches its user's data. */
export function createClient(clientOptions: ClientOptions): TidingsClient {
  const { send, clockOffset } = createTransport(clientOptions);

  /** Add the currency of the totals to a path. */
  const withCurrency = (path: string) => {
    const currency = clientOptions.getCurrency?.();
    return currency ? `${path}?currency=${encodeURIComponent(currency)}` : path;
  };

  const requestHoldings = (path: string, options?: RequestOptions): Promise<Portfolio> =>
    send(withCurrency(path), (body, at) => extractPortfolio(checkHoldings(withDefaults(body), at)), options);

  const refreshOne = (root: string) => (options?: RefreshOptions) =>
    requestHoldings(root + REFRESH, post<RefreshBody>(refreshBody(undefined, options), options));

  async function refreshHoldings(flags?: ByProvider<boolean>, options?: RefreshOptions): Promise<RefreshResult> {
    const providers = selectProviders(flags);
    if (providers.length === 0) return NO_PROVIDER_SELECTED;
    try {
      const portfolio = await requestHoldings(REFRESH, post<RefreshBody>(refreshBody(flags, options), options));
      return resultFromPortfolio(portfolio, providers);
    } catch (error) {
      if (!isTidingsError(error)) throw error;
      return resultFromError(error, providers);
    }
  }

  const remove = (path: string, options?: CallOptions) => send(path, () => undefined, { ...options, method: "DELETE" });

  return {
    baseUrl: clientOptions.baseUrl,
    clockOffset,
    getHoldings: (provider, options) => requestHoldings(`${provider ? ROOTS[provider] : ""}/holdings`, options),
    getHistory: (options) =>
      send(withCurrency("/holdings/history"), (body) => body as PortfolioHistory, { ...options, isCached: true }),
    getChanges: (options) => send("/holdings/changes", (body) => (body as ChangeSets).changes, options),
    getPendingUpdates: ((provider?: ProviderName, options?: CallOptions) =>
      send<unknown>(
        `${provider ? ROOTS[provider] : ""}/pending-updates`,
        provider ? zProviderPending : zCombinedPending,
        { ...options, isCached: true },
      )) as TidingsClient["getPendingUpdates"],
    createLiveTicket: (options) => send("/live-ticket", zLiveTicket, { ...options, method: "POST" }),
    refreshHoldings,
    refreshPlaidHoldings: refreshOne(ROOTS.plaid),
    refreshSnapTradeHoldings: refreshOne(ROOTS.snaptrade),
    startPaidRefresh: (flags, options) =>
      send(REFRESH, zPullAccepted, post<RefreshBody>({ ...refreshBody(flags), paid: true }, options)),
    getPaidRefresh: (options) => send(REFRESH, zCombinedPull, options),
    getConnections: (options) => send("/connections", (body, at) => zConnections(body, at).connections, options),
    getInstitutions: (options) => send("/institutions", zInstitutions, { ...options, isCached: true }),
    createPlaidConnectionUrl: (options) =>
      send(ROOTS.plaid + CREATE_URL, zPlaidConnectionUrl, post<PlaidConnectionBody>(connectBody(options), options)),
    completePlaidConnection: (link_token, options) =>
      send("/plaid/complete-connection", zLinkedItem, post<PlaidCompletionBody>({ link_token }, options)),
    exchangePlaidPublicToken: (public_token, options) =>
      send("/plaid/exchange-public-token", zLinkedItem, post<PlaidExchangeBody>({ public_token }, options)),
    createSnapTradeConnectionUrl: (options = {}) =>
      send(
        ROOTS.snaptrade + CREATE_URL,
        zSnapTradeConnectionUrl,
        post<SnapTradeConnectionBody>(
          { ...connectBody(options), broker: options.broker || undefined, replace: options.replace || undefined },
          options,
        ),
      ),
    deletePlaidItem: (id, options) => remove(`/plaid/items/${encodeURIComponent(id)}`, options),
    deleteSnapTradeConnection: (id, options) => remove(`/api/snaptrade/connections/${encodeURIComponent(id)}`, options),
    deleteAllConnections: (options) => remove("/connections", options),
  };
}

/** Fields that are undefined are not sent. */
type Sparse<Body> = { [Key in keyof Body]?: Body[Key] | undefined };

const post = <Body extends object>(body: Sparse<Body>, options?: CallOptions): RequestOptions => ({
  ...options,
  method: "POST",
  body,
});

const refreshBody = (flags: ByProvider<boolean> | undefined, options?: RefreshOptions) => ({
  providers: flags && selectProviders(flags),
  all: options?.all || undefined,
});

const connectBody = ({ reconnect, redirectUri }: ConnectOptions = {}) => ({
  reconnect: reconnect || undefined,
  redirect_uri: redirectUri || undefined,
});
