import type {
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
import { parseBody, schemas } from "./schemas.js";
import { createTransport, type RequestOptions, type SendRequest } from "./transport.js";
import type {
  ByProvider,
  CallOptions,
  ClientOptions,
  ConnectOptions,
  PaidRefresh,
  PaidRefreshAccepted,
  PendingUpdates,
  Portfolio,
  ProviderName,
  RefreshOptions,
  RefreshResult,
  TidingsClient,
} from "./types.js";

const ROOTS: Record<ProviderName, string> = { plaid: "/plaid", snaptrade: "/api/snaptrade" };

/** Create a typed client that checks each response. Create a new one for each user: a client caches its user's data. */
export function createClient(options: ClientOptions): TidingsClient {
  const { send, clockOffset } = createTransport(options);
  return {
    baseUrl: options.baseUrl,
    clockOffset,
    getHoldings: (provider, options) =>
      requestHoldings(send, `${provider ? ROOTS[provider] : ""}/holdings`, { ...options }),
    ...pendingCalls(send),
    ...refreshCalls(send),
    ...connectionCalls(send),
  };
}

const requestHoldings = (send: SendRequest, path: string, options: RequestOptions): Promise<Portfolio> =>
  send(path, options, (body) => extractPortfolio(parseBody(schemas.holdings, withDefaults(body))));

function pendingCalls(send: SendRequest): Pick<TidingsClient, "getPendingUpdates" | "getPaidRefresh"> {
  function getPendingUpdates(provider?: ProviderName, options?: CallOptions) {
    const request = { ...options, isCached: true };
    return provider
      ? send(`${ROOTS[provider]}/pending-updates`, request, (body) => parseBody(schemas.providerPending, body))
      : send("/pending-updates", request, (body): PendingUpdates => parseBody(schemas.pending, body));
  }
  return {
    getPendingUpdates: getPendingUpdates as TidingsClient["getPendingUpdates"],
    getPaidRefresh: (options) =>
      send("/holdings/refresh", { ...options }, (body): PaidRefresh => parseBody(schemas.paidRefresh, body)),
  };
}

function refreshCalls(send: SendRequest) {
  const path = "/holdings/refresh";
  const post = (body: RefreshBody, { signal }: CallOptions = {}): RequestOptions => ({ method: "POST", body, signal });
  const allFlag = (options: RefreshOptions = {}): RefreshBody => (options.all ? { all: true } : {});
  const providerList = (flags?: ByProvider<boolean>): RefreshBody =>
    flags ? { providers: selectProviders(flags) } : {};

  async function refreshHoldings(flags?: ByProvider<boolean>, options?: RefreshOptions): Promise<RefreshResult> {
    const providers = selectProviders(flags);
    if (providers.length === 0) return NO_PROVIDER_SELECTED;
    try {
      const portfolio = await requestHoldings(
        send,
        path,
        post({ ...providerList(flags), ...allFlag(options) }, options),
      );
      return resultFromPortfolio(portfolio, providers, Date.now());
    } catch (error) {
      if (!isTidingsError(error)) throw error;
      return resultFromError(error, providers, Date.now());
    }
  }

  return {
    refreshHoldings,
    refreshPlaidHoldings: (options?: RefreshOptions) =>
      requestHoldings(send, ROOTS.plaid + path, post(allFlag(options), options)),
    refreshSnapTradeHoldings: (options?: RefreshOptions) =>
      requestHoldings(send, ROOTS.snaptrade + path, post(allFlag(options), options)),
    startPaidRefresh: (flags?: ByProvider<boolean>, options?: CallOptions) =>
      send(
        path,
        post({ paid: true, ...providerList(flags) }, options),
        (body): PaidRefreshAccepted => parseBody(schemas.paidRefreshAccepted, body),
      ),
  };
}

function connectionCalls(send: SendRequest) {
  const post = <Body extends object>(body: Body, { signal }: CallOptions = {}): RequestOptions => ({
    method: "POST",
    body,
    signal,
  });
  const remove = (path: string, { signal }: CallOptions = {}) =>
    send(path, { method: "DELETE", signal }, () => undefined);
  const parseLinkedItem = (body: unknown) => parseBody(schemas.linked, body);

  return {
    getConnections: (options) =>
      send("/connections", { ...options }, (body) => parseBody(schemas.connections, body).connections),
    createPlaidConnectionUrl: (options) =>
      send("/plaid/create-connection-url", post<PlaidConnectionBody>(connectBody(options), options), (body) =>
        parseBody(schemas.plaidUrl, body),
      ),
    completePlaidConnection: (link_token, options) =>
      send("/plaid/complete-connection", post<PlaidCompletionBody>({ link_token }, options), parseLinkedItem),
    exchangePlaidPublicToken: (public_token, options) =>
      send("/plaid/exchange-public-token", post<PlaidExchangeBody>({ public_token }, options), parseLinkedItem),
    createSnapTradeConnectionUrl: (options = {}) => {
      const { broker, replace } = options;
      const body = { ...connectBody(options), ...(broker && { broker }), ...(replace && { replace }) };
      return send("/api/snaptrade/create-connection-url", post<SnapTradeConnectionBody>(body, options), (response) =>
        parseBody(schemas.snapTradeUrl, response),
      );
    },
    deletePlaidItem: (id, options) => remove(`/plaid/items/${encodeURIComponent(id)}`, options),
    deleteSnapTradeConnection: (id, options) => remove(`/api/snaptrade/connections/${encodeURIComponent(id)}`, options),
    deleteAllConnections: (options) => remove("/connections", options),
  } satisfies Partial<TidingsClient>;
}

const connectBody = ({ reconnect, redirectUri }: ConnectOptions = {}) => ({
  ...(reconnect && { reconnect }),
  ...(redirectUri && { redirect_uri: redirectUri }),
});
