import type { QueryClient } from "@tanstack/react-query";
import { keepIdentity } from "../client/portfolio.js";
import type { ByProvider, RefreshOptions, RefreshResult, TidingsClient } from "../client/types.js";
import { tidingsQueries } from "./queries.js";
import { sharedBy } from "./shared.js";
import { tellOtherTabs } from "./tabs.js";

export interface RefreshVariables extends RefreshOptions {
  providers?: ByProvider<boolean> | undefined;
}

/**
 * Refresh, and let every reader of the cache see how it went. The same refresh asked for while it runs is that one, so
 * that two clicks, in whichever components, make one POST. Not so for one with a signal of its own.
 */
export function refreshThrough(
  queryClient: QueryClient,
  client: TidingsClient,
  variables: RefreshVariables = {},
): Promise<RefreshResult> {
  const { signal, ...what } = variables;
  if (signal) return execute(queryClient, client, variables);
  const { running } = sharedBy(queryClient, client);
  const name = JSON.stringify(what);
  const started = running.get(name) ?? execute(queryClient, client, what).finally(() => running.delete(name));
  running.set(name, started);
  return started;
}

function execute(queryClient: QueryClient, client: TidingsClient, variables: RefreshVariables): Promise<RefreshResult> {
  const mutation = queryClient.getMutationCache().build<RefreshResult, Error, RefreshVariables, unknown>(queryClient, {
    mutationKey: tidingsQueries(client).keys.refresh,
    mutationFn: ({ providers, ...options }) => client.refreshHoldings(providers, options),
    networkMode: "always",
    retry: false,
    onSuccess: (result) => settle(queryClient, client, result),
  });
  return mutation.execute(variables);
}

/** The server's word is kept: its portfolio if there is one, and what it says is pending, which is asked for anew. */
async function settle(queryClient: QueryClient, client: TidingsClient, result: RefreshResult): Promise<void> {
  const { keys, holdings, pending, lastRefresh } = tidingsQueries(client);
  const { portfolio } = result;
  await queryClient.cancelQueries({ queryKey: keys.pending });
  queryClient.setQueryData(lastRefresh().queryKey, result);
  if (portfolio) {
    await queryClient.cancelQueries({ queryKey: keys.holdings() });
    queryClient.setQueryData(holdings().queryKey, (current) => keepIdentity(current, portfolio));
    if (!portfolio.metadata.has_pending_updates) nothingPending(queryClient, client);
    sharedBy(queryClient, client).shown = "";
  }
  tellOtherTabs(queryClient, client);
  void queryClient.invalidateQueries({
    queryKey: keys.allHoldings,
    predicate: ({ queryKey }) => queryKey.at(-1) !== keys.holdings().at(-1),
  });
  void queryClient.invalidateQueries({ queryKey: keys.connections });
  void queryClient.invalidateQueries({ queryKey: pending().queryKey });
}

/** The answer of a refresh speaks of all providers, but not of their cooldowns: those stay as old as they are. */
function nothingPending(queryClient: QueryClient, client: TidingsClient): void {
  const { queryKey } = tidingsQueries(client).pending();
  const state = queryClient.getQueryState(queryKey);
  if (!state?.data) return;
  const { data, dataUpdatedAt: updatedAt } = state;
  const seen = Object.entries(data.providers).map(([name, one]) => [name, { ...one, has_pending_updates: false }]);
  const quiet = { ...data, has_pending_updates: false, providers: Object.fromEntries(seen) };
  queryClient.setQueryData(queryKey, quiet, { updatedAt });
}
