import { describeWait, type RefreshResult, useRefreshHoldings } from "@tidings/react";
import { useState } from "react";
import { showRefreshToast } from "./toasts.ts";

/** Refresh all providers. After a 429 the button counts down, but stays focusable: `disabled` would lose the focus. */
export function RefreshButton({ onRefreshed }: { onRefreshed: (result: RefreshResult) => void }) {
  const { refresh, isRefreshing, cooldown } = useRefreshHoldings();
  const [wasRefused, setRefused] = useState(false);
  const isWaiting = wasRefused && cooldown.seconds > 0;
  const start = async () => {
    if (isRefreshing) return;
    if (isWaiting) return showRefreshToast(describeWait(cooldown.seconds));
    const result = await refresh();
    setRefused(result.status === 429);
    onRefreshed(result);
  };
  return (
    <button
      type="button"
      className="tidings-button refresh"
      aria-disabled={isWaiting || isRefreshing}
      onClick={() => void start()}
    >
      {isRefreshing ? "Refreshing..." : isWaiting ? `Please wait ${cooldown.seconds} s` : "Refresh"}
    </button>
  );
}
