import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { isPaidRefreshRunning, POLL_DURING_PAID_REFRESH_MS, tidingsQueries } from "../queries/queries.js";
import { isPageHidden, subscribeToVisibility } from "../queries/visibility.js";
import { useTidingsClient } from "./provider.js";
import type { PendingUpdatesView } from "./types.js";

/**
 * Poll for new data every 5 minutes without focus too, every 30 minutes while the page is hidden, at once when it is
 * shown, and every 10 s during a paid refresh.
 */
export function usePendingUpdates(): PendingUpdatesView {
  const queries = tidingsQueries(useTidingsClient());
  useSyncExternalStore(subscribeToVisibility, isPageHidden, () => false); // a render chooses the interval anew
  const isRunning = isPaidRefreshRunning(useQuery(queries.paidRefresh()).data);
  const { data, isLoading, error, refetch } = useQuery({
    ...queries.pending(),
    ...(isRunning && { refetchInterval: POLL_DURING_PAID_REFRESH_MS }),
  });
  const byProvider = data?.providers ?? {};
  return {
    hasPendingUpdates: data?.has_pending_updates ?? false,
    plaidPending: byProvider.plaid?.has_pending_updates ?? false,
    snaptradePending: byProvider.snaptrade?.has_pending_updates ?? false,
    byProvider,
    reconnectRequired: Object.values(byProvider).some((provider) => provider.reconnect_required),
    isLoading,
    error,
    refetch,
  };
}
