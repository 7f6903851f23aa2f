import { type RefreshResult, useRefreshHoldings } from "@tidings/react";
import { useState } from "react";

export interface RefreshOutcome {
  /** The last refresh of this tab, until the user dismisses what it says. */
  result: RefreshResult | null;
  dismiss: () => void;
  isRefreshing: boolean;
  /** Whole seconds until another refresh, after one was refused; else 0. */
  waitSeconds: number;
}

/** Watch the last refresh, whichever button has started it. */
export function useRefreshOutcome(): RefreshOutcome {
  const { data, isPending, cooldown } = useRefreshHoldings();
  const [dismissed, setDismissed] = useState<RefreshResult | null>(null);
  return {
    result: data && data !== dismissed ? data : null,
    dismiss: () => setDismissed(data ?? null),
    isRefreshing: isPending,
    waitSeconds: data?.status === 429 ? cooldown.seconds : 0,
  };
}
