import { type RefreshResult, useRefreshHoldings } from "@tidings/react";
import { useState } from "react";
import { tellToWait } from "./toasts.ts";

/** Asks all providers. After a refusal it counts down what is left to wait, and stays where the focus is. */
export function RefreshButton({ onRefreshed }: { onRefreshed: (result: RefreshResult) => void }) {
  const { refresh, isRefreshing, cooldown } = useRefreshHoldings();
  const [wasRefused, setRefused] = useState(false);
  const isWaiting = wasRefused && cooldown.seconds > 0;
  const start = async () => {
    if (isRefreshing) return;
    if (isWaiting) return tellToWait(cooldown.seconds);
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
