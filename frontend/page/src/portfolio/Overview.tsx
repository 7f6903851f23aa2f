import type { Connection, Portfolio } from "@tidings/react";
import type { ReactNode } from "react";
import { TotalCard } from "../total/TotalCard.tsx";
import { Freshness, OldMark } from "./freshness/Freshness.tsx";
import type { RefreshOutcome } from "./freshness/useRefreshOutcome.ts";

interface OverviewProps {
  portfolio: Portfolio;
  connections: readonly Connection[];
  outcome: RefreshOutcome;
  actions: ReactNode;
}

/** Show the total, how fresh it is, and the refresh actions. */
export function Overview({ portfolio, connections, outcome, actions }: OverviewProps) {
  return (
    <TotalCard
      portfolio={portfolio}
      mark={<OldMark portfolio={portfolio} connections={connections} />}
      freshness={<Freshness portfolio={portfolio} connections={connections} outcome={outcome} />}
      actions={actions}
    />
  );
}
