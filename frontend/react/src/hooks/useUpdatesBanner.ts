"use client";
import type { RefreshResult } from "../client/types.js";
import type { Cooldown, LoadState } from "./types.js";
import { usePendingUpdates } from "./usePendingUpdates.js";
import { useRefreshHoldings } from "./useRefreshHoldings.js";

export interface UpdatesBannerState {
  /** Whether new data is known: `loading` and errors of the first poll say why it is not. */
  state: LoadState;
  hasPendingUpdates: boolean;
  isPending: boolean;
  cooldown: Cooldown;
  /** Refresh the providers that have new data. */
  refresh: () => Promise<RefreshResult>;
}

/** Manage a banner of new data, without markup. */
export function useUpdatesBanner(): UpdatesBannerState {
  const { state, hasPendingUpdates, plaidPending, snaptradePending } = usePendingUpdates();
  const { refresh, isPending, cooldown } = useRefreshHoldings();
  return {
    state,
    hasPendingUpdates,
    isPending,
    cooldown,
    refresh: () => refresh({ plaid: plaidPending, snaptrade: snaptradePending }),
  };
}
