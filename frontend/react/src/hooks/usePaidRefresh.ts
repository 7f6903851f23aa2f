"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ByProvider } from "../client/types.js";
import { isPaidRefreshRunning, tidingsQueries } from "../queries/queries.js";
import { useTidingsClient } from "./provider.js";
import type { PaidRefreshView } from "./types.js";

/** Start a refresh that the provider charges for, if the deployment allows it. Polls run more often until it ends. */
export function usePaidRefresh(): PaidRefreshView {
  const client = useTidingsClient();
  const queryClient = useQueryClient();
  const { paidRefresh, pending } = tidingsQueries(client);
  const { data: running } = useQuery(paidRefresh());
  const { mutateAsync, isPending, data, error } = useMutation({
    mutationFn: (providers: ByProvider<boolean> | undefined) => client.startPaidRefresh(providers),
    networkMode: "always",
    onSuccess: ({ providers }) => queryClient.setQueryData(paidRefresh().queryKey, { providers }),
    onSettled: () => void queryClient.invalidateQueries({ queryKey: pending().queryKey }),
  });
  return {
    start: (providers) => mutateAsync(providers),
    providers: running?.providers ?? {},
    isRunning: isPending || isPaidRefreshRunning(running),
    isPending,
    data,
    error,
  };
}
