"use client";
import { type ReactNode, useEffect, useRef } from "react";
import type { RefreshResult } from "../client/types.js";
import { type UpdatesBannerState, useUpdatesBanner } from "../hooks/useUpdatesBanner.js";
import { joinClasses } from "./joinClasses.js";
import { LoadNotice } from "./LoadNotice.js";
import { useTexts } from "./texts.js";

export interface UpdatesBannerProps {
  /** Called with the result, for a toast: see `describeRefresh`. */
  onRefreshed?: ((result: RefreshResult) => void) | undefined;
  locale?: string | undefined;
  className?: string | undefined;
  /** Renders the banner's content, in place of badge, text and button. */
  children?: ((banner: UpdatesBannerState) => ReactNode) | undefined;
}

/**
 * Announce new data, and fetch it on a click, only from the providers that have some. The banner disappears when the
 * server reports no pending update, not when a refresh ends: new data may have arrived during the refresh. Until a
 * first response has arrived, the banner says what keeps it from knowing.
 */
export function UpdatesBanner({ onRefreshed, locale, className, children }: UpdatesBannerProps) {
  const banner = useUpdatesBanner();
  const { hasPendingUpdates, isPending, refresh, state } = banner;
  const { banner: texts } = useTexts(locale).texts;
  const { region, button, keepFocus } = useFocusRetention(hasPendingUpdates, isPending);
  const start = async () => {
    keepFocus();
    const result = await refresh();
    onRefreshed?.(result);
  };
  return (
    <div
      ref={region}
      role="status"
      tabIndex={-1}
      className={joinClasses("tidings-updates", className)}
      aria-busy={state === "loading"}
      data-state={state}
    >
      {state !== "loading" && state !== "ready" && <LoadNotice state={state} locale={locale} />}
      {hasPendingUpdates && children?.(banner)}
      {hasPendingUpdates && !children && (
        <div className="tidings-banner">
          <span className="tidings-badge">{texts.badge}</span>
          <span className="tidings-banner__text">{texts.text}</span>
          <button ref={button} type="button" className="tidings-button" disabled={isPending} onClick={start}>
            {isPending ? texts.refreshing : texts.refresh}
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
    if (isRefreshing || !hadFocus.current) return;
    // A focus that the user has moved stays there.
    if (document.activeElement === document.body) (isShown ? button.current : region.current)?.focus();
    hadFocus.current = isShown;
  }, [isShown, isRefreshing]);
  const keepFocus = () => {
    hadFocus.current = document.activeElement === button.current;
  };
  return { region, button, keepFocus };
}
