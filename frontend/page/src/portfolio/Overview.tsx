import {
  type Connection,
  LastUpdated,
  type Portfolio,
  PROVIDER_NAMES,
  type ProviderName,
  usePendingUpdates,
} from "@tidings/react";
import type { ReactNode } from "react";
import { texts } from "../locales/texts.ts";
import { TotalCard } from "../total/TotalCard.tsx";
import { endedNotes, hasProblem, stateLabel, withoutEnded } from "./labels.ts";

const { overview: labels } = texts;

interface OverviewProps {
  portfolio: Portfolio;
  connections: readonly Connection[];
  actions: ReactNode;
}

/** Show the total, the age of each provider's data, and the refresh actions. */
export function Overview({ portfolio, connections, actions }: OverviewProps) {
  const { metadata } = portfolio;
  const ended = endedNotes(connections);
  const freshness = (
    <>
      <p>
        <LastUpdated at={metadata.last_updated} />
      </p>
      <ProviderStates portfolio={portfolio} connections={connections} />
      {metadata.warnings.length + ended.length > 0 && (
        <ul className="warnings" aria-label={labels.notes}>
          {ended.map((note) => (
            <li key={note}>
              {note} {labels.underConnections} <a href="#connections">{texts.connections.title}</a>.
            </li>
          ))}
          {metadata.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </>
  );
  return <TotalCard portfolio={portfolio} freshness={freshness} actions={actions} />;
}

function ProviderStates({ portfolio, connections }: Omit<OverviewProps, "actions">) {
  const { providers } = portfolio.metadata;
  const { byProvider } = usePendingUpdates();
  const shown = (Object.keys(providers) as ProviderName[]).filter(
    (name) => providers[name]?.status !== "not_connected" && providers[name]?.status !== "not_configured",
  );
  if (shown.length === 0) return null;
  return (
    <ul className="providers" aria-label={labels.byProvider}>
      {shown.map((name) => {
        const stated = providers[name];
        if (!stated) return null;
        const own = connections.filter(({ provider }) => provider === name);
        const state = withoutEnded(stated, own);
        return (
          <li key={name}>
            <strong>{PROVIDER_NAMES[name]}</strong>
            <LastUpdated at={state.as_of} label={labels.asOf} />
            <span className={hasProblem(state) ? "tidings-down" : "tidings-muted"}>
              {stateLabel(state, byProvider[name])}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
