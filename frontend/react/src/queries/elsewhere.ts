import type { QueryClient } from "@tanstack/react-query";
import type { PendingUpdates, TidingsClient } from "../client/types.js";
import { keysOf } from "./keys.js";

/** When the holdings that are shown were refreshed, as the poll says it; "" after a refresh of our own. */
const shown = new WeakMap<QueryClient, Map<TidingsClient, string>>();

function stamps(queryClient: QueryClient): Map<TidingsClient, string> {
  const mine = shown.get(queryClient) ?? new Map<TidingsClient, string>();
  shown.set(queryClient, mine);
  return mine;
}

/** What the next poll says of the last refresh is this one. */
export function ownRefresh(queryClient: QueryClient, client: TidingsClient): void {
  stamps(queryClient).set(client, "");
}

/** Read the holdings again when the poll tells of a refresh on another device: the banner went, the numbers changed. */
export function noticeRefreshElsewhere(queryClient: QueryClient, client: TidingsClient, pending: PendingUpdates): void {
  const mine = stamps(queryClient);
  const before = mine.get(client);
  const stamp = JSON.stringify(Object.values(pending.providers).map((one) => one.last_refreshed_at));
  mine.set(client, stamp);
  if (!before || before === stamp) return;
  const { allHoldings, connections } = keysOf(client);
  void queryClient.invalidateQueries({ queryKey: allHoldings });
  void queryClient.invalidateQueries({ queryKey: connections });
}
