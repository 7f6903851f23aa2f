"use client";
import { useState } from "react";
import type { RefreshResult } from "../client/types.js";
import { useRefreshHoldings } from "./useRefreshHoldings.js";

export interface RefreshButtonState {
  isPending: boolean;
  /** Whole seconds to wait after a refused refresh; else 0. Keep the button focusable: use `aria-disabled`. */
  waitSeconds: number;
  /** Refresh, unless a refresh is running or the wait is not over. Then resolves to null. */
  refresh: () => Promise<RefreshResult | null>;
}

/** Manage a refresh button with its countdown after a 429, without markup. */
export function useRefreshButton(): RefreshButtonState {
  const { refresh, isPending, cooldown } = useRefreshHoldings();
  const [wasRefused, setRefused] = useState(false);
  const waitSeconds = wasRefused ? cooldown.seconds : 0;
  return {
    isPending,
    waitSeconds,
    refresh: async () => {
      if (isPending || waitSeconds > 0) return null;
      const result = await refresh();
      setRefused(result.status === 429);
      return result;
    },
  };
}
