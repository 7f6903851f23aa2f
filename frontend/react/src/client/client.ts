import type {
  PlaidCompletionBody,
  PlaidConnectionBody,
  PlaidExchangeBody,
  RefreshBody,
  SnapTradeConnectionBody,
} from "../generated/types/types.gen.js";
import { formats, parsed } from "./format.js";
import { extractPortfolio, withDefaults } from "./portfolio.js";
import { answered, asked, isTidingsError, NOTHING_ASKED, refused } from "./refreshing.js";
import { type Send, type Sent, transport } from "./transport.js";
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

/** The API, typed and checked. One client is one user's: make another one when another signs in. */
export function createClient(options: ClientOptions): TidingsClient {
  const { send, clockOffset } = transport(options);
  return {
    baseUrl: options.baseUrl,
    clockOffset,
    getHoldings: (provider, options) => holdings(send, `${provider ? ROOTS[provider] : ""}/holdings`, { ...options }),
    ...pendingUpdates(send),
    ...refreshes(send),
    ...connections(send),
  };
}

const holdings = (send: Send, path: string, sent: Sent): Promise<Portfolio> =>
  send(path, sent, (body) => extractPortfolio(parsed(formats.holdings, withDefaults(body))));

function pendingUpdates(send: Send): Pick<TidingsClient, "getPendingUpdates" | "getPaidRefresh"> {
  function getPendingUpdates(provider?: ProviderName, options?: CallOptions) {
    const sent = { ...options, kept: true };
    return provider
      ? send(`${ROOTS[provider]}/pending-updates`, sent, (body) => parsed(formats.providerPending, body))
      : send("/pending-updates", sent, (body): PendingUpdates => parsed(formats.pending, body));
  }
  return {
    getPendingUpdates: getPendingUpdates as TidingsClient["getPendingUpdates"],
    getPaidRefresh: (options) =>
      send("/holdings/refresh", { ...options }, (body): PaidRefresh => parsed(formats.pull, body)),
  };
}

function refreshes(send: Send) {
  const path = "/holdings/refresh";
  const post = (body: RefreshBody, { signal }: CallOptions = {}): Sent => ({ method: "POST", body, signal });
  const all = (options: RefreshOptions = {}): RefreshBody => (options.all ? { all: true } : {});
  const named = (flags?: ByProvider<boolean>): RefreshBody => (flags ? { providers: asked(flags) } : {});

  async function refreshHoldings(flags?: ByProvider<boolean>, options?: RefreshOptions): Promise<RefreshResult> {
    const providers = asked(flags);
    if (providers.length === 0) return NOTHING_ASKED;
    try {
      const portfolio = await holdings(send, path, post({ ...named(flags), ...all(options) }, options));
      return answered(portfolio, providers, Date.now());
    } catch (error) {
      if (!isTidingsError(error)) throw error;
      return refused(error, providers, Date.now());
    }
  }

  return {
    refreshHoldings,
    refreshPlaidHoldings: (options?: RefreshOptions) => holdings(send, ROOTS.plaid + path, post(all(options), options)),
    refreshSnapTradeHoldings: (options?: RefreshOptions) =>
      holdings(send, ROOTS.snaptrade + path, post(all(options), options)),
    startPaidRefresh: (flags?: ByProvider<boolean>, options?: CallOptions) =>
      send(
        path,
        post({ paid: true, ...named(flags) }, options),
        (body): PaidRefreshAccepted => parsed(formats.pullAccepted, body),
      ),
  };
}

function connections(send: Send) {
  const post = <Body extends object>(body: Body, { signal }: CallOptions = {}): Sent => ({
    method: "POST",
    body,
    signal,
  });
  const remove = (path: string, { signal }: CallOptions = {}) =>
    send(path, { method: "DELETE", signal }, () => undefined);
  const linked = (body: unknown) => parsed(formats.linked, body);

  return {
    getConnections: (options) =>
      send("/connections", { ...options }, (body) => parsed(formats.connections, body).connections),
    createPlaidConnectionUrl: (options) =>
      send("/plaid/create-connection-url", post<PlaidConnectionBody>(connecting(options), options), (body) =>
        parsed(formats.plaidUrl, body),
      ),
    completePlaidConnection: (link_token, options) =>
      send("/plaid/complete-connection", post<PlaidCompletionBody>({ link_token }, options), linked),
    exchangePlaidPublicToken: (public_token, options) =>
      send("/plaid/exchange-public-token", post<PlaidExchangeBody>({ public_token }, options), linked),
    createSnapTradeConnectionUrl: (options = {}) => {
      const { broker, replace } = options;
      const body = { ...connecting(options), ...(broker && { broker }), ...(replace && { replace }) };
      return send("/api/snaptrade/create-connection-url", post<SnapTradeConnectionBody>(body, options), (answer) =>
        parsed(formats.snapTradeUrl, answer),
      );
    },
    deletePlaidItem: (id, options) => remove(`/plaid/items/${encodeURIComponent(id)}`, options),
    deleteSnapTradeConnection: (id, options) => remove(`/api/snaptrade/connections/${encodeURIComponent(id)}`, options),
    deleteAllConnections: (options) => remove("/connections", options),
  } satisfies Partial<TidingsClient>;
}

const connecting = ({ reconnect, redirectUri }: ConnectOptions = {}) => ({
  ...(reconnect && { reconnect }),
  ...(redirectUri && { redirect_uri: redirectUri }),
});
