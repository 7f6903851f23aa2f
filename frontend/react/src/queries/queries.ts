import { type Query, queryOptions, skipToken } from "@tanstack/react-query";
import { ApiError, NetworkError } from "../client/errors.js";
import type { PaidRefresh, PendingUpdates, ProviderName, RefreshResult, TidingsClient } from "../client/types.js";
import { detectRefreshOnOtherDevice } from "./crossTabSync.js";
import { createQueryKeys } from "./keys.js";
import { getSharedState } from "./sharedState.js";
import { hiddenForMs, isPageHidden } from "./visibility.js";

const POLL_MS = 300_000;
const FIRST_POLL_RETRY_MS = 10_000;
const SLOW_POLL_MS = 1_800_000;
const LONGEST_HIDDEN_MS = 86_400_000;
export const POLL_DURING_PAID_REFRESH_MS = 10_000;

export const isPaidRefreshRunning = (paid: PaidRefresh | undefined): boolean =>
  Object.values(paid?.providers ?? {}).some(({ status }) => status === "pulling");

/**
 * Poll every 5 min ± 10 %, so that tabs opened at the same moment do not poll in step. The interval is derived from the
 * time of the data, not random: a new value per render would restart the timer, and components would poll separately.
 * A page that live updates reach polls every 30 min ± 10 %. So does a page that nobody can see, and for a day at most:
 * focus makes it poll at once.
 */
function pollInterval(client: TidingsClient, updatedAt: number): number | false {
  const spread = 0.9 + ((updatedAt * 0.618034) % 0.2);
  const hiddenFor = hiddenForMs();
  if (hiddenFor === undefined) return (getSharedState(client).isLive ? SLOW_POLL_MS : POLL_MS) * spread;
  const interval = SLOW_POLL_MS * spread;
  return hiddenFor + interval <= LONGEST_HIDDEN_MS && interval;
}

/**
 * Choose when to poll next. After no response or a 5xx, a visible page polls again after 10 s, 20 s, and so on up to the
 * usual interval, but not before the server's Retry-After.
 */
function nextPoll(client: TidingsClient, { dataUpdatedAt, error }: Query<PendingUpdates>["state"]): number | false {
  const usual = pollInterval(client, dataUpdatedAt);
  const isOutage = error instanceof NetworkError || (error instanceof ApiError && error.status >= 500);
  if (!usual || !isOutage || isPageHidden()) return usual;
  const demandedMs = ((error as Partial<ApiError>).retryAfter ?? 0) * 1000;
  return Math.min(usual, Math.max(demandedMs, FIRST_POLL_RETRY_MS * 2 ** (getSharedState(client).failedPolls - 1)));
}

/** Create the query options for `useQuery`, `prefetchQuery` and the like. The client retries, so the queries do not. */
export function tidingsQueries(client: TidingsClient) {
  const keys = createQueryKeys(client);
  const shared = getSharedState(client);
  const common = { retry: false, networkMode: "always", refetchOnReconnect: true } as const;
  return {
    keys,
    holdings: (provider?: ProviderName) =>
      queryOptions({
        ...common,
        queryKey: keys.holdings(provider),
        queryFn: ({ signal }) => client.getHoldings(provider, { signal }),
        staleTime: POLL_MS,
      }),
    pending: () =>
      queryOptions({
        ...common,
        queryKey: keys.pending,
        queryFn: async ({ signal, client: queryClient }): Promise<PendingUpdates> => {
          const pending = await client.getPendingUpdates(undefined, { signal }).catch((error: unknown) => {
            if (!signal.aborted) shared.failedPolls++;
            throw error;
          });
          shared.failedPolls = 0;
          // The server can't read the state now: what is known stays, since unknown is not "nothing new".
          if (pending.state_unknown) return queryClient.getQueryData<PendingUpdates>(keys.pending) ?? pending;
          detectRefreshOnOtherDevice(queryClient, client, pending);
          return pending;
        },
        refetchInterval: ({ state }: Query<PendingUpdates>) => nextPoll(client, state),
        refetchIntervalInBackground: true,
        refetchOnWindowFocus: true,
        staleTime: POLL_DURING_PAID_REFRESH_MS,
      }),
    connections: () =>
      queryOptions({
        ...common,
        queryKey: keys.connections,
        queryFn: ({ signal }) => client.getConnections({ signal }),
        staleTime: POLL_MS,
      }),
    /** Fetched only while a paid refresh that this tab started is running, or on refetch. */
    paidRefresh: () =>
      queryOptions({
        ...common,
        queryKey: keys.paidRefresh,
        queryFn: ({ signal }): Promise<PaidRefresh> => client.getPaidRefresh({ signal }),
        enabled: ({ state }: Query<PaidRefresh>) => isPaidRefreshRunning(state.data),
        refetchInterval: ({ state }: Query<PaidRefresh>) =>
          isPaidRefreshRunning(state.data) ? POLL_DURING_PAID_REFRESH_MS : false,
        refetchIntervalInBackground: true,
        staleTime: POLL_DURING_PAID_REFRESH_MS,
      }),
    /** The last refresh of this tab. Written by the refresh, never fetched. */
    lastRefresh: () =>
      queryOptions<RefreshResult>({
        queryKey: keys.lastRefresh,
        queryFn: skipToken,
        gcTime: Number.POSITIVE_INFINITY,
        structuralSharing: false,
      }),
  };
}
