import {
  zCombinedPull,
  zConnections,
  zInstitutions,
  zLinkedItem,
  zLiveTicket,
  zPlaidConnectionUrl,
  zPullAccepted,
  zSnapTradeConnectionUrl,
} from "../generated/laterChecks/zod.gen.js";
import type {
  ChangeSets,
  PlaidCompletionBody,
  PlaidConnectionBody,
  PlaidExchangeBody,
  RefreshBody,
  SnapTradeConnectionBody,
} from "../generated/types/types.gen.js";
import { type LaterCalls, ROOTS } from "./loadLaterCalls.js";
import {
  isTidingsError,
  NO_PROVIDER_SELECTED,
  resultFromError,
  resultFromPortfolio,
  selectProviders,
} from "./refreshResult.js";
import type { RequestOptions, SendRequest } from "./transport.js";
import type {
  ByProvider,
  CallOptions,
  ConnectOptions,
  Portfolio,
  PortfolioHistory,
  RefreshOptions,
  RefreshResult,
} from "./types.js";

const REFRESH = "/holdings/refresh";
const CREATE_URL = "/create-connection-url";

/** What the calls need of their client. */
interface Requests {
  send: SendRequest;
  requestHoldings: (path: string, options?: RequestOptions) => Promise<Portfolio>;
  withCurrency: (path: string) => string;
}

/** Create the client's calls besides those that show holdings. */
export function createLaterCalls({ send, requestHoldings, withCurrency }: Requests): LaterCalls {
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
    refreshHoldings,
    refreshPlaidHoldings: refreshOne(ROOTS.plaid),
    refreshSnapTradeHoldings: refreshOne(ROOTS.snaptrade),
    getHistory: (options) =>
      send(withCurrency("/holdings/history"), (body) => body as PortfolioHistory, { ...options, isCached: true }),
    getChanges: (options) => send("/holdings/changes", (body) => (body as ChangeSets).changes, options),
    createLiveTicket: (options) => send("/live-ticket", zLiveTicket, { ...options, method: "POST" }),
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
