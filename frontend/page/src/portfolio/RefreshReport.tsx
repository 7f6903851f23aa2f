import {
  type AccountTotal,
  formatInstant,
  formatQuantity,
  type Portfolio,
  PROVIDER_NAMES,
  type ProviderName,
  type ProviderRefresh,
  type RefreshResult,
  type RowChange,
} from "@tidings/react";
import { locale, say, texts } from "../locales/texts.ts";
import { outcomeLabel } from "./labels.ts";

const { refresh: labels } = texts;

/** Show the outcome of the last refresh by provider, and the changed holdings. */
export function RefreshReport({ result, onClose }: { result: RefreshResult; onClose: () => void }) {
  const outcomes = Object.entries(result.outcomes) as [ProviderName, ProviderRefresh][];
  const shown = outcomes.filter(
    ([, outcome]) => outcome.status !== "not_connected" && outcome.status !== "not_configured",
  );
  return (
    <section className="card report" aria-labelledby="report">
      <div className="card__head">
        <h2 id="report">{labels.last}</h2>
        <button type="button" className="tidings-button tidings-button--quiet" onClick={onClose}>
          {labels.close}
        </button>
      </div>
      <ul className="report__outcomes" aria-label={labels.outcomes}>
        {shown.map(([name, outcome]) => (
          <li key={name} data-outcome={outcome.status}>
            {outcomeLabel(name, outcome)} <StoredDataAge name={name} outcome={outcome} portfolio={result.portfolio} />
          </li>
        ))}
      </ul>
      {result.portfolio && <Changes portfolio={result.portfolio} />}
    </section>
  );
}

/** Show the age of the stored data of a provider that was not refreshed. */
function StoredDataAge({
  name,
  outcome,
  portfolio,
}: {
  name: ProviderName;
  outcome: ProviderRefresh;
  portfolio: Portfolio | null;
}) {
  const asOf = portfolio?.metadata.providers[name]?.as_of;
  if (outcome.status === "refreshed" || !asOf) return null;
  return (
    <span className="tidings-muted">
      {say(labels.storedAge, { name: PROVIDER_NAMES[name] })} <time dateTime={asOf}>{formatInstant(asOf, locale)}</time>
      .
    </span>
  );
}

function Changes({ portfolio }: { portfolio: Portfolio }) {
  const { added, removed, quantity_changed: quantityChanged, rows } = portfolio.metadata.changes;
  const { changed } = portfolio.metadata;
  const total = added + removed + quantityChanged;
  if (total === 0) {
    // `changed` without rows: only prices changed, or it was a first fetch, which has nothing to compare with.
    return changed ? null : <p className="tidings-muted">{labels.nothingChanged}</p>;
  }
  return (
    <>
      <h3>
        {labels.changed}{" "}
        <span className="tidings-muted">{say(labels.counts, { added, removed, quantityChanged })}</span>
      </h3>
      <ul className="changes" aria-label={labels.changes}>
        {rows.map((change) => (
          <Change
            key={`${change.provider}/${change.account_id}/${change.ticker}/${change.name}/${change.currency}`}
            change={change}
            accounts={portfolio.accounts}
          />
        ))}
      </ul>
      {total > rows.length && (
        <p className="tidings-muted">{say(labels.first, { shown: rows.length, count: total })}</p>
      )}
    </>
  );
}

const quantityLabel = (quantity: number | null) =>
  quantity === null ? labels.unknown : formatQuantity(quantity, locale);

function Change({ change, accounts }: { change: RowChange; accounts: readonly AccountTotal[] }) {
  const account = accounts.find(
    ({ account_id, source_id }) => account_id === change.account_id && source_id === change.source_id,
  );
  const isCash = change.ticker?.startsWith("CUR:") ?? false;
  const title = isCash
    ? say(labels.cash, { currency: change.currency })
    : (change.ticker ?? change.name ?? labels.unnamed);
  return (
    <li>
      <span className={`changes__kind changes__kind--${change.change}`}>{labels.kinds[change.change]}</span>
      <strong>{title}</strong>
      <span className="tidings-number">
        {change.change === "added" ? "" : `${quantityLabel(change.quantity_before)} → `}
        {change.change === "removed" ? labels.none : quantityLabel(change.quantity_after)}
      </span>
      <span className="tidings-muted">{account?.name ?? PROVIDER_NAMES[change.provider]}</span>
    </li>
  );
}
