"use client";
import { useIsMutating, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { ByProvider, RefreshOptions } from "../client/types.js";
import { tidingsQueries } from "../queries/queries.js";
import { refreshThrough } from "../queries/refresh.js";
import { useTidingsClient } from "./provider.js";
import type { RefreshHoldingsView } from "./types.js";
import { useCooldown } from "./useCooldown.js";

/** Refresh on a click. The state is in the query cache, so it is the same in every component. */
export function useRefreshHoldings(): RefreshHoldingsView {
  const client = useTidingsClient();
  const queryClient = useQueryClient();
  const { keys, lastRefresh } = tidingsQueries(client);
  const { data } = useQuery(lastRefresh());
  const isPending = useIsMutating({ mutationKey: keys.refresh }) > 0;
  const refresh = useCallback(
    (providers?: ByProvider<boolean>, options?: RefreshOptions) =>
      refreshThrough(queryClient, client, { ...options, providers }),
    [queryClient, client],
  );
  return {
    refresh,
    isPending,
    data,
    outcomes: data?.outcomes ?? {},
    cooldown: useCooldown(),
    isRefreshing: isPending,
    result: data,
  };
}
