import type { QueryClient } from "@tanstack/react-query";
import type { PendingUpdates, TidingsClient } from "../client/types.js";
import { keysOf } from "./keys.js";
import { sharedBy } from "./shared.js";

/** Read the holdings again when the poll tells of a refresh on another device: the banner went, the numbers changed. */
export function noticeRefreshElsewhere(queryClient: QueryClient, client: TidingsClient, pending: PendingUpdates): void {
  const shared = sharedBy(queryClient, client);
  const before = shared.shown;
  shared.shown = JSON.stringify(Object.values(pending.providers).map((one) => one.last_refreshed_at));
  if (!before || before === shared.shown) return;
  const { allHoldings, connections } = keysOf(client);
  void queryClient.invalidateQueries({ queryKey: allHoldings });
  void queryClient.invalidateQueries({ queryKey: connections });
}
