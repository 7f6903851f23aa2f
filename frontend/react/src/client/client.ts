import { zCombinedPending, zPortfolio, zProviderPending } from "../generated/checks/zod.gen.js";
import { NetworkError } from "./errors.js";
import { LATER_CALLS, type LaterCalls, loadLaterCalls, ROOTS } from "./loadLaterCalls.js";
import { extractPortfolio, withDefaults } from "./portfolio.js";
import { object } from "./schemaTypes.js";
import { createTransport, type RequestOptions } from "./transport.js";
import type { CallOptions, ClientOptions, Portfolio, ProviderName, TidingsClient } from "./types.js";

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

  type AnyCall = (...values: unknown[]) => Promise<unknown>;
  const later = Object.fromEntries(
    LATER_CALLS.map((name): [string, AnyCall] => [
      name,
      async (...values) => {
        const { createLaterCalls } = await loadLaterCalls();
        return (createLaterCalls({ send, requestHoldings, withCurrency })[name] as AnyCall)(...values);
      },
    ]),
  ) as unknown as LaterCalls;

  return {
    baseUrl: clientOptions.baseUrl,
    clockOffset,
    getHoldings: (provider, options) => requestHoldings(`${provider ? ROOTS[provider] : ""}/holdings`, options),
    getPendingUpdates: ((provider?: ProviderName, options?: CallOptions) =>
      send<unknown>(
        `${provider ? ROOTS[provider] : ""}/pending-updates`,
        provider ? zProviderPending : zCombinedPending,
        { ...options, isCached: true },
      )) as TidingsClient["getPendingUpdates"],
    ...later,
    refreshHoldings: (flags, options) =>
      later.refreshHoldings(flags, options).catch((error: unknown) => {
        // Its code did not load. What the server says is in the result.
        if (!(error instanceof NetworkError)) throw error;
        return { portfolio: null, error, outcomes: {} };
      }),
  };
}
