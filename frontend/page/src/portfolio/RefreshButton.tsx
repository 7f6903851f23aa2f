import { type RefreshResult, useRefreshHoldings } from "@tidings/react";
import { describeWait } from "@tidings/react/intents";
import { useState } from "react";
import { localization, say, texts } from "../locales/texts.ts";
import { showRefreshToast } from "./toasts.ts";

const { refresh: labels } = texts;

/** Refresh all providers. After a 429 the button counts down, but stays focusable: `disabled` would lose the focus. */
export function RefreshButton({ onRefreshed }: { onRefreshed: (result: RefreshResult) => void }) {
  const { refresh, isPending, cooldown } = useRefreshHoldings();
  const [wasRefused, setRefused] = useState(false);
  const isWaiting = wasRefused && cooldown.seconds > 0;
  const start = async () => {
    if (isPending) return;
    if (isWaiting) return showRefreshToast(describeWait(cooldown.seconds, "cooling-down", localization));
    const result = await refresh();
    setRefused(result.status === 429);
    onRefreshed(result);
  };
  return (
    <button
      type="button"
      className="tidings-button refresh"
      aria-disabled={isWaiting || isPending}
      onClick={() => void start()}
    >
      {isPending ? labels.refreshing : isWaiting ? say(labels.wait, { count: cooldown.seconds }) : labels.button}
    </button>
  );
}
