import type { QueryClient } from "@tanstack/react-query";
import type { RefreshResult, TidingsClient } from "../client/types.js";
import { type RefreshVariables, refreshThrough } from "../queries/refresh.js";

/** The intent's name. */
export const REFRESH_HOLDINGS = "refresh-holdings";

export type RefreshHoldingsIntent = (intent?: RefreshVariables) => Promise<RefreshResult>;

/**
 * Create the handler of `refresh-holdings` for apps whose UI dispatches intents. Resolves if at least one requested
 * provider was refreshed. Otherwise rejects with the client's error: a 429 has `.status` 429 and `.retryAfter` seconds.
 *
 * With the query client, hooks and components show this refresh like their own.
 */
export function createRefreshHoldingsIntent(client: TidingsClient, queryClient?: QueryClient): RefreshHoldingsIntent {
  return async (intent = {}) => {
    const { providers, all, signal } = intent;
    const result = queryClient
      ? await refreshThrough(queryClient, client, { providers, all, signal })
      : await client.refreshHoldings(providers, { all, signal });
    if (result.error) throw result.error;
    return result;
  };
}
