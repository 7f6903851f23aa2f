"use client";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { PendingUpdates } from "../client/types.js";
import { isPaidRefreshRunning, POLL_DURING_PAID_REFRESH_MS, tidingsQueries } from "../queries/queries.js";
import { getSharedState } from "../queries/sharedState.js";
import { isPageHidden, subscribeToVisibility } from "../queries/visibility.js";
import { useTidingsClient } from "./provider.js";
import { extendResult, loadState, type QueryOptions, withOptions } from "./queryResult.js";
import type { PendingUpdatesView } from "./types.js";

/**
 * Poll for new data every 5 minutes, without focus too. While live updates reach the page or it is hidden, poll every
 * 30 minutes; at once when it is shown; every 10 s during a paid refresh. An own `refetchInterval` wins over the minutes.
 * After an outage, a visible page polls again after 10 s, 20 s, and so on.
 */
export function usePendingUpdates<Selected = PendingUpdates>(
  options: QueryOptions<PendingUpdates, Selected> = {},
): PendingUpdatesView<Selected> {
  const client = useTidingsClient();
  const queries = tidingsQueries(client);
  useSyncExternalStore(subscribeToVisibility, isPageHidden, isPageHidden); // a render chooses the interval anew
  const isRunning = isPaidRefreshRunning(useQuery(queries.paidRefresh()).data);
  const query: UseQueryResult<Selected> = useQuery({
    ...withOptions(queries.pending(), options),
    ...(isRunning && { refetchInterval: POLL_DURING_PAID_REFRESH_MS }),
  });
  // The flags need the whole response, whatever `select` returns.
  const { data: pending } = useQuery({ ...queries.pending(), enabled: false });
  const byProvider = pending?.providers ?? {};
  return extendResult(query, {
    get state() {
      return loadState(query);
    },
    get failedPolls() {
      return query.error ? getSharedState(client).failedPolls : 0;
    },
    hasPendingUpdates: pending?.has_pending_updates ?? false,
    plaidPending: byProvider.plaid?.has_pending_updates ?? false,
    snaptradePending: byProvider.snaptrade?.has_pending_updates ?? false,
    byProvider,
    reconnectRequired: Object.values(byProvider).some((provider) => provider.reconnect_required),
  });
}
