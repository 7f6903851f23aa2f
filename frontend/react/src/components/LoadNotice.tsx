"use client";
import type { LoadState } from "../hooks/types.js";
import { joinClasses } from "./joinClasses.js";
import { useTexts } from "./texts.js";

export interface LoadNoticeProps {
  state: Exclude<LoadState, "ready">;
  /** Called to load again. Offered if that can help. */
  onRetry?: (() => unknown) | undefined;
  isRetrying?: boolean | undefined;
  locale?: string | undefined;
  className?: string | undefined;
}

/** Tell why there is nothing to show. */
export function LoadNotice({ state, onRetry, isRetrying = false, locale, className }: LoadNoticeProps) {
  const { states } = useTexts(locale).texts;
  const canRetry = onRetry && state !== "loading" && state !== "empty" && state !== "signed_out";
  return (
    <div className={joinClasses("tidings-empty", className)} data-state={state} aria-busy={state === "loading"}>
      <p>{states[state]}</p>
      {canRetry && (
        <button type="button" className="tidings-button" onClick={isRetrying ? undefined : onRetry}>
          {isRetrying ? states.retrying : states.retry}
        </button>
      )}
    </div>
  );
}
