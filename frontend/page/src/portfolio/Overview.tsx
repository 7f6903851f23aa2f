import { type Connection, formatMoney, type Portfolio } from "@tidings/react";
import type { ReactNode } from "react";
import { formatCurrencyName } from "../formatCurrencyName.ts";
import { locale, texts } from "../locales/texts.ts";
import { ConvertedTotal } from "./ConvertedTotal.tsx";
import { listCurrencyTotals } from "./currencyTotals.ts";
import { Freshness, OldMark } from "./freshness/Freshness.tsx";
import type { RefreshOutcome } from "./freshness/useRefreshOutcome.ts";

const { overview: labels } = texts;

interface OverviewProps {
  portfolio: Portfolio;
  connections: readonly Connection[];
  outcome: RefreshOutcome;
  actions: ReactNode;
}

/** Show the totals by currency, how fresh they are, and the refresh actions. */
export function Overview({ portfolio, connections, outcome, actions }: OverviewProps) {
  const [headline, ...others] = listCurrencyTotals(portfolio);
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
      <p className="overview__headline">
        {headline ? formatMoney(headline.amount, headline.currency, locale) : "—"}{" "}
        <OldMark portfolio={portfolio} connections={connections} />
      </p>
      <Freshness portfolio={portfolio} connections={connections} outcome={outcome} />
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
    </section>
  );
}
