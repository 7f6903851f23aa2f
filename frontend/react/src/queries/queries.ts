import { type Query, queryOptions, skipToken } from "@tanstack/react-query";
import type { PaidRefresh, PendingUpdates, ProviderName, RefreshResult, TidingsClient } from "../client/types.js";
import { noticeRefreshElsewhere } from "./elsewhere.js";
import { keysOf } from "./keys.js";

const POLL_MS = 300_000;
export const POLL_WHILE_PULLING_MS = 10_000;

export const isPulling = (paid: PaidRefresh | undefined): boolean =>
  Object.values(paid?.providers ?? {}).some(({ status }) => status === "pulling");

/**
 * 5 min ± 10 %, so that the tabs of a whole country do not poll in step. Drawn from when the data came: an interval that
 * differs at every look would begin anew with every render, and components that differ would poll each for itself.
 */
export const pollInterval = (updatedAt: number): number => POLL_MS * (0.9 + ((updatedAt * 0.618034) % 0.2));

/** What can be read, for `useQuery`, `prefetchQuery` and the like. The client itself tries again where that helps. */
export function tidingsQueries(client: TidingsClient) {
  const keys = keysOf(client);
  const always = { retry: false, networkMode: "always" } as const;
  return {
    keys,
    holdings: (provider?: ProviderName) =>
      queryOptions({
        ...always,
        queryKey: keys.holdings(provider),
        queryFn: ({ signal }) => client.getHoldings(provider, { signal }),
        staleTime: POLL_MS,
      }),
    pending: () =>
      queryOptions({
        ...always,
        queryKey: keys.pending,
        queryFn: async ({ signal, client: queryClient }): Promise<PendingUpdates> => {
          const pending = await client.getPendingUpdates(undefined, { signal });
          noticeRefreshElsewhere(queryClient, client, pending);
          return pending;
        },
        refetchInterval: ({ state }: Query<PendingUpdates>) => pollInterval(state.dataUpdatedAt),
        refetchIntervalInBackground: true,
        refetchOnWindowFocus: true,
        staleTime: POLL_WHILE_PULLING_MS,
      }),
    connections: () =>
      queryOptions({
        ...always,
        queryKey: keys.connections,
        queryFn: ({ signal }) => client.getConnections({ signal }),
        staleTime: POLL_MS,
      }),
    /** Asked only while one runs that was begun here, or when it is refetched. */
    paidRefresh: () =>
      queryOptions({
        ...always,
        queryKey: keys.paidRefresh,
        queryFn: ({ signal }): Promise<PaidRefresh> => client.getPaidRefresh({ signal }),
        enabled: ({ state }: Query<PaidRefresh>) => isPulling(state.data),
        refetchInterval: ({ state }: Query<PaidRefresh>) => (isPulling(state.data) ? POLL_WHILE_PULLING_MS : false),
        refetchIntervalInBackground: true,
        staleTime: POLL_WHILE_PULLING_MS,
      }),
    /** The last refresh of this tab; written, never fetched. */
    lastRefresh: () =>
      queryOptions<RefreshResult>({
        queryKey: keys.lastRefresh,
        queryFn: skipToken,
        gcTime: Number.POSITIVE_INFINITY,
        structuralSharing: false,
      }),
  };
}
