import { useRefreshHoldings } from "@tidings/react";
import { say, texts } from "../locales/texts.ts";
import type { RefreshOutcome } from "./freshness/useRefreshOutcome.ts";

const { refresh: labels } = texts;

/** Refresh everything. After a 429 the button counts down, but stays focusable: `disabled` would lose the focus. */
export function RefreshButton({ outcome: { isRefreshing, waitSeconds } }: { outcome: RefreshOutcome }) {
  const { refresh } = useRefreshHoldings();
  const isInactive = isRefreshing || waitSeconds > 0;
  return (
    <button
      type="button"
      className="tidings-button refresh"
      aria-disabled={isInactive}
      onClick={() => void (isInactive || refresh())}
    >
      {isRefreshing ? labels.refreshing : waitSeconds > 0 ? say(labels.wait, { count: waitSeconds }) : labels.button}
    </button>
  );
}
