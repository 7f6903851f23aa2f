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
import { locale, texts } from "../locales/texts.ts";
import { ConvertedTotal } from "./ConvertedTotal.tsx";
import { listCurrencyTotals } from "./currencyTotals.ts";
import { endedNotes, hasProblem, stateLabel, withoutEnded } from "./labels.ts";

const { overview: labels } = texts;

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
          {labels.total}{" "}
          {headline && (
            <span className="overview__currency tidings-muted">{formatCurrencyName(headline.currency)}</span>
          )}
        </h2>
        {actions}
      </div>
      <p className="overview__headline">{headline ? formatMoney(headline.amount, headline.currency, locale) : "—"}</p>
      {others.length > 0 && (
        <ul className="overview__others" aria-label={labels.others}>
          {others.map(({ currency, amount }) => (
            <li key={currency}>
              <strong className="tidings-number">{formatMoney(amount, currency, locale)}</strong>{" "}
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
