import { useEffect, useRef } from "react";
import type { RefreshResult } from "../client/types.js";
import { usePendingUpdates } from "../hooks/usePendingUpdates.js";
import { useRefreshHoldings } from "../hooks/useRefreshHoldings.js";

export interface UpdatesBannerProps {
  /** Called with the result, for a toast: see `describeRefresh`. */
  onRefreshed?: ((result: RefreshResult) => void) | undefined;
}

/**
 * Announce new data, and fetch it on a click, only from the providers that have some. The banner disappears when the
 * server reports no pending update, not when a refresh ends: new data may have arrived during the refresh.
 */
export function UpdatesBanner({ onRefreshed }: UpdatesBannerProps) {
  const { hasPendingUpdates, plaidPending, snaptradePending } = usePendingUpdates();
  const { refresh, isRefreshing } = useRefreshHoldings();
  const { region, button, keepFocus } = useFocusRetention(hasPendingUpdates, isRefreshing);
  const start = async () => {
    keepFocus();
    const result = await refresh({ plaid: plaidPending, snaptrade: snaptradePending });
    onRefreshed?.(result);
  };
  return (
    <div ref={region} role="status" tabIndex={-1} className="tidings-updates">
      {hasPendingUpdates && (
        <div className="tidings-banner">
          <span className="tidings-badge">New</span>
          <span className="tidings-banner__text">Updated data available from your broker</span>
          <button ref={button} type="button" className="tidings-button" disabled={isRefreshing} onClick={start}>
            {isRefreshing ? "Refreshing..." : "Refresh Now"}
          </button>
        </div>
      )}
    </div>
  );
}

/** Keep the focus at the banner: a button that is disabled or removed would move it to the top of the page. */
function useFocusRetention(isShown: boolean, isRefreshing: boolean) {
  const region = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const hadFocus = useRef(false);
  useEffect(() => {
    const active = document.activeElement;
    if (isRefreshing || !hadFocus.current) return;
    if (active === null || active === document.body || active === region.current || active === button.current) {
      (isShown ? button.current : region.current)?.focus();
    }
    if (!isShown) hadFocus.current = false;
  }, [isShown, isRefreshing]);
  const keepFocus = () => {
    hadFocus.current = document.activeElement === button.current;
  };
  return { region, button, keepFocus };
}
