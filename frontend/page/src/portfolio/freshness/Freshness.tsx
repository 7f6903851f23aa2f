import { type Connection, type Portfolio, useNow, usePendingUpdates } from "@tidings/react";
import { type FocusEvent, type RefObject, useEffect, useMemo, useRef } from "react";
import { texts } from "../../locales/texts.ts";
import { describeFreshness } from "./describeFreshness.ts";
import { FreshnessDetails } from "./FreshnessDetails.tsx";
import { ageText, attentionText } from "./freshnessTexts.ts";
import { RefreshNote } from "./RefreshNote.tsx";
import { type NetworkState, useNetwork } from "./useNetwork.ts";
import type { RefreshOutcome } from "./useRefreshOutcome.ts";

const { freshness: labels } = texts;

interface FreshnessProps {
  portfolio: Portfolio;
  connections: readonly Connection[];
  outcome: RefreshOutcome;
}

/** Tell in one line how fresh the figures are, with details on demand. No other part of the page says so. */
export function Freshness({ portfolio, connections, outcome }: FreshnessProps) {
  const { byProvider } = usePendingUpdates();
  const reachability = useNetwork();
  const { network } = reachability;
  const freshness = useMemo(
    () => describeFreshness(portfolio, connections, byProvider, network),
    [portfolio, connections, byProvider, network],
  );
  const attention = attentionText(freshness);
  const age = ageText(freshness, useNow());
  const line = useRef<HTMLParagraphElement>(null);
  return (
    <div className="freshness" data-state={freshness.state} data-network={network}>
      <div className="freshness__line">
        <p ref={line} tabIndex={-1}>
          {attention && (
            <>
              <strong className="tidings-down">{attention}</strong>
              {" · "}
            </>
          )}
          {network === "online" && <span>{age}</span>}
          <Outage text={network === "online" ? null : age} line={line} {...reachability} />
        </p>
        <FreshnessDetails freshness={freshness} />
      </div>
      <RefreshNote outcome={outcome} network={network} />
    </div>
  );
}

interface OutageProps extends NetworkState {
  text: string | null;
  /** Gets the focus of the button at the end of the outage. */
  line: RefObject<HTMLElement | null>;
}

/**
 * Announce an outage, and an attempt to end it, once each. The elements are always there, and the button is in neither:
 * a screen reader announces what changes within them. The button is not disabled meanwhile, which would lose the focus.
 */
function Outage({ text, line, retry, isRetrying }: OutageProps) {
  const hasFocus = useRef(false);
  useEffect(() => {
    if (text !== null || !hasFocus.current) return;
    hasFocus.current = false;
    line.current?.focus();
  }, [text, line]);
  const trackFocus = ({ type }: FocusEvent) => {
    hasFocus.current = type === "focus";
  };
  return (
    <>
      <span role="status" className="freshness__outage">
        {text}
      </span>
      {text && (
        <>
          {" · "}
          <button type="button" className="freshness__link" onClick={retry} onFocus={trackFocus} onBlur={trackFocus}>
            {labels.retry}
          </button>
        </>
      )}{" "}
      <span role="status">{text && isRetrying && labels.retrying}</span>
    </>
  );
}

/** Mark a total that contains data which is out of date. */
export function OldMark({ portfolio, connections }: Omit<FreshnessProps, "outcome">) {
  const { byProvider } = usePendingUpdates();
  const { isPartlyOld } = describeFreshness(portfolio, connections, byProvider, "online");
  return isPartlyOld ? <span className="tag freshness__old">{labels.partlyOld}</span> : null;
}
