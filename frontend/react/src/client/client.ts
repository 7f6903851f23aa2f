import { formats, parsed } from "./format.js";
import { extractPortfolio } from "./portfolio.js";
import { answered, asked, isTidingsError, NOTHING_ASKED, refused } from "./refreshing.js";
import { type Sent, transport } from "./transport.js";
import type {
  ByProvider,
  CallOptions,
  ClientOptions,
  ConnectOptions,
  PaidRefresh,
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
  const send = transport(options);

  const holdings = (path: string, sent: Sent) =>
    send(path, sent, (body): Portfolio => extractPortfolio(parsed(formats.holdings, body)));

  async function refreshHoldings(flags?: ByProvider<boolean>, options: RefreshOptions = {}): Promise<RefreshResult> {
    const providers = asked(flags);
    if (providers.length === 0) return NOTHING_ASKED;
    const body = { ...(flags && { providers }), ...all(options) };
    try {
      const portfolio = await holdings("/holdings/refresh", { method: "POST", body, signal: options.signal });
      return answered(portfolio, providers, Date.now());
    } catch (error) {
      if (!isTidingsError(error)) throw error;
      return refused(error, providers, Date.now());
    }
  }

  const refreshOne =
    (provider: ProviderName) =>
    (options: RefreshOptions = {}) =>
      holdings(`${ROOTS[provider]}/holdings/refresh`, { method: "POST", body: all(options), signal: options.signal });

  function getPendingUpdates(provider?: ProviderName, options: CallOptions = {}) {
    const sent = { signal: options.signal, kept: true };
    return provider
      ? send(`${ROOTS[provider]}/pending-updates`, sent, (body) => parsed(formats.providerPending, body))
      : send("/pending-updates", sent, (body): PendingUpdates => parsed(formats.pending, body));
  }

  const post = (path: string, body: object, { signal }: CallOptions): [string, Sent] => [
    path,
    { method: "POST", body, signal },
  ];
  const remove = (path: string, { signal }: CallOptions) => send(path, { method: "DELETE", signal }, () => undefined);

  return {
    baseUrl: options.baseUrl,
    getHoldings: (provider, { signal } = {}) => holdings(`${provider ? ROOTS[provider] : ""}/holdings`, { signal }),
    getPendingUpdates: getPendingUpdates as TidingsClient["getPendingUpdates"],
    refreshHoldings,
    refreshPlaidHoldings: refreshOne("plaid"),
    refreshSnapTradeHoldings: refreshOne("snaptrade"),
    startPaidRefresh: (flags, options = {}) =>
      send(...post("/holdings/refresh", { paid: true, ...(flags && { providers: asked(flags) }) }, options), (body) =>
        parsed(formats.pullAccepted, body),
      ),
    getPaidRefresh: ({ signal } = {}) =>
      send("/holdings/refresh", { signal }, (body): PaidRefresh => parsed(formats.pull, body)),
    getConnections: ({ signal } = {}) =>
      send("/connections", { signal }, (body) => parsed(formats.connections, body).connections),
    createPlaidConnectionUrl: (options = {}) =>
      send(...post("/plaid/create-connection-url", connect(options), options), (body) =>
        parsed(formats.plaidUrl, body),
      ),
    completePlaidConnection: (link_token, options = {}) =>
      send(...post("/plaid/complete-connection", { link_token }, options), (body) => parsed(formats.linked, body)),
    exchangePlaidPublicToken: (public_token, options = {}) =>
      send(...post("/plaid/exchange-public-token", { public_token }, options), (body) => parsed(formats.linked, body)),
    createSnapTradeConnectionUrl: (options = {}) => {
      const { broker, replace } = options;
      const body = { ...connect(options), ...(broker && { broker }), ...(replace && { replace }) };
      return send(...post("/api/snaptrade/create-connection-url", body, options), (answer) =>
        parsed(formats.snapTradeUrl, answer),
      );
    },
    deletePlaidItem: (id, options = {}) => remove(`/plaid/items/${encodeURIComponent(id)}`, options),
    deleteSnapTradeConnection: (id, options = {}) =>
      remove(`/api/snaptrade/connections/${encodeURIComponent(id)}`, options),
    deleteAllConnections: (options = {}) => remove("/connections", options),
  };
}

const all = (options: RefreshOptions) => (options.all ? { all: true } : {});

const connect = ({ reconnect, redirectUri }: ConnectOptions) => ({
  ...(reconnect && { reconnect }),
  ...(redirectUri && { redirect_uri: redirectUri }),
});
