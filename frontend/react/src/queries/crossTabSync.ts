import type { QueryClient } from "@tanstack/react-query";
import type { PendingUpdates, TidingsClient } from "../client/types.js";
import { createQueryKeys } from "./keys.js";
import { getSharedState } from "./sharedState.js";

/** Refetch the queries on screen when another tab has changed data. Returns the function that stops this. */
export function listenToOtherTabs(queryClient: QueryClient, client: TidingsClient): () => void {
  if (typeof BroadcastChannel === "undefined") return () => undefined;
  const shared = getSharedState(client);
  const channel = new BroadcastChannel(`tidings ${client.baseUrl}`);
  shared.channel = channel;
  channel.onmessage = () => void invalidateAll(queryClient, client);
  return () => {
    channel.close();
    if (shared.channel === channel) delete shared.channel;
  };
}

/** Send a message to the other tabs. A channel does not receive its own messages, so this tab refetches nothing. */
export const notifyOtherTabs = (client: TidingsClient): void => getSharedState(client).channel?.postMessage("changed");

/** Invalidate all queries, in this tab and in the other tabs. */
export function invalidateInAllTabs(queryClient: QueryClient, client: TidingsClient): Promise<void> {
  notifyOtherTabs(client);
  return invalidateAll(queryClient, client);
}

const invalidateAll = (queryClient: QueryClient, client: TidingsClient) =>
  queryClient.invalidateQueries({ queryKey: createQueryKeys(client).all });

/** Refetch the holdings when the poll reports a refresh on another device. Else the banner goes and old numbers stay. */
export function detectRefreshOnOtherDevice(
  queryClient: QueryClient,
  client: TidingsClient,
  pending: PendingUpdates,
): void {
  const shared = getSharedState(client);
  const before = shared.lastRefreshes;
  shared.lastRefreshes = JSON.stringify(Object.values(pending.providers).map((state) => state.last_refreshed_at));
  if (!before || before === shared.lastRefreshes) return;
  const { allHoldings, connections } = createQueryKeys(client);
  for (const queryKey of [allHoldings, connections]) void queryClient.invalidateQueries({ queryKey });
}
