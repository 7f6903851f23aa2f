import type { QueryClient } from "@tanstack/react-query";
import type { RefreshResult, TidingsClient } from "../client/types.js";
import { type RefreshVariables, refreshThrough } from "../queries/refresh.js";

/** The intent's name. */
export const REFRESH_HOLDINGS = "refresh-holdings";

export type RefreshHoldingsIntent = (intent?: RefreshVariables) => Promise<RefreshResult>;

/**
 * The handler of `refresh-holdings` for apps whose UI dispatches intents. Resolves when anything that was asked was
 * refreshed. Else rejects with the client's error: after a 429, `.status` is 429 and `.retryAfter` its seconds.
 *
 * Given the query client, hooks and components see the refresh as they see their own.
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
