import type { QueryClient } from "@tanstack/react-query";
import { keepIdentity } from "../client/portfolio.js";
import type { ByProvider, RefreshOptions, RefreshResult, TidingsClient } from "../client/types.js";
import { notifyOtherTabs } from "./crossTabSync.js";
import { tidingsQueries } from "./queries.js";
import { getSharedState } from "./sharedState.js";

export interface RefreshVariables extends RefreshOptions {
  providers?: ByProvider<boolean> | undefined;
}

/**
 * Refresh, and write the result to the query cache. A second call with the same options joins the running refresh, so
 * that two clicks in any components make one POST. A call with a signal of its own always makes its own POST.
 */
export function refreshThrough(
  queryClient: QueryClient,
  client: TidingsClient,
  variables: RefreshVariables = {},
): Promise<RefreshResult> {
  const { signal, ...options } = variables;
  if (signal) return execute(queryClient, client, variables);
  const { running } = getSharedState(client);
  const key = JSON.stringify(options);
  const started = running.get(key) ?? execute(queryClient, client, options).finally(() => running.delete(key));
  running.set(key, started);
  return started;
}

function execute(queryClient: QueryClient, client: TidingsClient, variables: RefreshVariables): Promise<RefreshResult> {
  const mutation = queryClient.getMutationCache().build<RefreshResult, Error, RefreshVariables, unknown>(queryClient, {
    mutationKey: tidingsQueries(client).keys.refresh,
    mutationFn: ({ providers, ...options }) => client.refreshHoldings(providers, options),
    networkMode: "always",
    retry: false,
    onSuccess: (result) => storeResult(queryClient, client, result),
  });
  return mutation.execute(variables);
}

/** Cache the response: its portfolio, if it has one, and its pending state. Then refetch what it does not contain. */
async function storeResult(queryClient: QueryClient, client: TidingsClient, result: RefreshResult): Promise<void> {
  const { keys, holdings, lastRefresh } = tidingsQueries(client);
  const { portfolio } = result;
  await queryClient.cancelQueries({ queryKey: keys.pending });
  queryClient.setQueryData(lastRefresh().queryKey, result);
  if (portfolio) {
    await queryClient.cancelQueries({ queryKey: keys.holdings() });
    queryClient.setQueryData(holdings().queryKey, (current) => keepIdentity(current, portfolio));
    if (!portfolio.metadata.has_pending_updates) clearPending(queryClient, client);
    getSharedState(client).lastRefreshes = "";
  }
  notifyOtherTabs(client);
  void queryClient.invalidateQueries({
    queryKey: keys.allHoldings,
    predicate: ({ queryKey }) => queryKey.at(-1) !== keys.holdings().at(-1),
  });
  for (const queryKey of [keys.connections, keys.pending]) void queryClient.invalidateQueries({ queryKey });
}

/** Clear the pending flags. Keep the data's time: the response has no cooldowns, so the cached ones stay that old. */
function clearPending(queryClient: QueryClient, client: TidingsClient): void {
  const { queryKey } = tidingsQueries(client).pending();
  const state = queryClient.getQueryState(queryKey);
  if (!state?.data) return;
  const { data, dataUpdatedAt: updatedAt } = state;
  const providers = Object.fromEntries(
    Object.entries(data.providers).map(([name, state]) => [name, { ...state, has_pending_updates: false }]),
  );
  queryClient.setQueryData(queryKey, { ...data, has_pending_updates: false, providers }, { updatedAt });
}
