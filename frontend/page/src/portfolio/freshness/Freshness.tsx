import { type Connection, type Portfolio, useNow, usePendingUpdates } from "@tidings/react";
import { useMemo } from "react";
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
  return (
    <div className="freshness" data-state={freshness.state} data-network={network}>
      <div className="freshness__line">
        <p>
          {attention && (
            <>
              <strong className="tidings-down">{attention}</strong>
              {" · "}
            </>
          )}
          {network === "online" && <span>{age}</span>}
          <Outage text={network === "online" ? null : age} {...reachability} />
        </p>
        <FreshnessDetails freshness={freshness} />
      </div>
      <RefreshNote outcome={outcome} network={network} />
    </div>
  );
}

/** Announce an outage. The element is always there: a screen reader announces only what changes within one. */
function Outage({ text, retry, isRetrying }: { text: string | null } & NetworkState) {
  return (
    <span role="status" className="freshness__outage">
      {text && (
        <>
          {text}
          {" · "}
          <button type="button" className="freshness__link" onClick={retry} aria-disabled={isRetrying}>
            {isRetrying ? labels.retrying : labels.retry}
          </button>
        </>
      )}
    </span>
  );
}

/** Mark a total that contains data which is out of date. */
export function OldMark({ portfolio, connections }: Omit<FreshnessProps, "outcome">) {
  const { byProvider } = usePendingUpdates();
  const { isPartlyOld } = describeFreshness(portfolio, connections, byProvider, "online");
  return isPartlyOld ? <span className="tag freshness__old">{labels.partlyOld}</span> : null;
}
