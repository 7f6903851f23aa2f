import {
  type Connection,
  formatMoney,
  LastUpdated,
  type Portfolio,
  PROVIDER_NAMES,
  type ProviderName,
  usePendingUpdates,
} from "@tidings/react";
import type { ReactNode } from "react";
import { formatCurrencyName } from "../formatCurrencyName.ts";
import { ConvertedTotal } from "./ConvertedTotal.tsx";
import { listCurrencyTotals } from "./currencyTotals.ts";
import { endedNotes, hasProblem, stateLabel, withoutEnded } from "./labels.ts";

interface OverviewProps {
  portfolio: Portfolio;
  connections: readonly Connection[];
  actions: ReactNode;
}

/** Show the totals by currency, the age of each provider's data, and the refresh actions. */
export function Overview({ portfolio, connections, actions }: OverviewProps) {
  const [headline, ...others] = listCurrencyTotals(portfolio);
  const { metadata } = portfolio;
  const ended = endedNotes(connections);
  return (
    <section className="card overview" aria-labelledby="total">
      <div className="card__head">
        <h2 id="total">
          Total value{" "}
          {headline && (
            <span className="overview__currency tidings-muted">{formatCurrencyName(headline.currency)}</span>
          )}
        </h2>
        {actions}
      </div>
      <p className="overview__headline">{headline ? formatMoney(headline.amount, headline.currency) : "—"}</p>
      {others.length > 0 && (
        <ul className="overview__others" aria-label="Totals in other currencies">
          {others.map(({ currency, amount }) => (
            <li key={currency}>
              <strong className="tidings-number">{formatMoney(amount, currency)}</strong>{" "}
              <span className="tidings-muted">{formatCurrencyName(currency)}</span>
            </li>
          ))}
        </ul>
      )}
      <ConvertedTotal total={portfolio.converted_total} />
      <p>
        <LastUpdated at={metadata.last_updated} />
      </p>
      <ProviderStates portfolio={portfolio} connections={connections} />
      {metadata.warnings.length + ended.length > 0 && (
        <ul className="warnings" aria-label="Notes">
          {ended.map((note) => (
            <li key={note}>
              {note} Connect again, or remove it, under <a href="#connections">Connections</a>.
            </li>
          ))}
          {metadata.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function ProviderStates({ portfolio, connections }: Omit<OverviewProps, "actions">) {
  const { providers } = portfolio.metadata;
  const { byProvider } = usePendingUpdates();
  const shown = (Object.keys(providers) as ProviderName[]).filter(
    (name) => providers[name]?.status !== "not_connected" && providers[name]?.status !== "not_configured",
  );
  if (shown.length === 0) return null;
  return (
    <ul className="providers" aria-label="As of, by provider">
      {shown.map((name) => {
        const stated = providers[name];
        if (!stated) return null;
        const own = connections.filter(({ provider }) => provider === name);
        const state = withoutEnded(stated, own);
        return (
          <li key={name}>
            <strong>{PROVIDER_NAMES[name]}</strong>
            <LastUpdated at={state.as_of} label="As of" />
            <span className={hasProblem(state) ? "tidings-down" : "tidings-muted"}>
              {stateLabel(state, byProvider[name])}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
