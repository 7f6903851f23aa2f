import { formatMoney, type Portfolio } from "@tidings/react";
import type { ReactNode } from "react";
import { formatCurrencyName } from "../formatCurrencyName.ts";
import { HistoryPanel } from "../history/HistoryPanel.tsx";
import { locale, say, texts } from "../locales/texts.ts";
import { listCurrencyTotals } from "../portfolio/currencyTotals.ts";
import { CurrencySwitch } from "./CurrencySwitch.tsx";
import { ChangeLine, GainLines } from "./Gains.tsx";
import { Rates } from "./Rates.tsx";

const { total: labels } = texts;

interface TotalCardProps {
  portfolio: Portfolio;
  /** What marks a total of which a part is old. */
  mark: ReactNode;
  /** What says how old the figures are. */
  freshness: ReactNode;
  actions: ReactNode;
}

/** Show what the portfolio is worth, what it has gained, and its line over time. */
export function TotalCard({ portfolio, mark, freshness, actions }: TotalCardProps) {
  return (
    <section className="card total" aria-labelledby="total">
      <div className="card__head">
        <h2 id="total">{labels.title}</h2>
        <CurrencySwitch portfolio={portfolio} />
        <div className="total__actions">{actions}</div>
      </div>
      <div className="total__body">
        <div className="total__figures">
          <div className="total__amount">
            <Figure portfolio={portfolio} />
          </div>
          {mark}
          <dl className="gains">
            <GainLines portfolio={portfolio} />
            <ChangeLine portfolio={portfolio} />
          </dl>
          {portfolio.converted_total?.value != null && <Rates total={portfolio.converted_total} />}
          {freshness}
        </div>
        <HistoryPanel portfolio={portfolio} />
      </div>
    </section>
  );
}

function Figure({ portfolio }: { portfolio: Portfolio }) {
  const total = portfolio.converted_total;
  if (!total || total.value === null) return <UnconvertedTotals portfolio={portfolio} />;
  const isConverted = total.rates.some(({ from }) => from !== total.currency);
  const missing = Object.entries(total.unconverted).filter(([, amount]) => amount !== 0);
  return (
    <>
      <p className="total__figure">
        {isConverted && <span title={labels.approximately}>≈{"\u00a0"}</span>}
        {formatMoney(total.value, total.currency, locale)}
      </p>
      {missing.length > 0 && (
        <p className="total__mark">
          {say(labels.partial, {
            amounts: missing.map(([currency, amount]) => formatMoney(amount, currency, locale)).join(", "),
          })}
        </p>
      )}
      {total.stale && <p className="total__mark">{labels.stale}</p>}
    </>
  );
}

const REASONS: Record<string, string> = labels.reasons;

/** Show the totals by currency, with the reason why there is no single one. Currencies are never added. */
function UnconvertedTotals({ portfolio }: { portfolio: Portfolio }) {
  const [headline, ...others] = listCurrencyTotals(portfolio);
  const total = portfolio.converted_total;
  const isSingle = headline?.currency === total?.currency && others.length === 0;
  return (
    <>
      <p className="total__figure">{headline ? formatMoney(headline.amount, headline.currency, locale) : "—"}</p>
      {others.length > 0 && (
        <ul className="total__others" aria-label={labels.others}>
          {others.map(({ currency, amount }) => (
            <li key={currency}>
              <strong className="tidings-number">{formatMoney(amount, currency, locale)}</strong>{" "}
              <span className="tidings-muted">{formatCurrencyName(currency)}</span>
            </li>
          ))}
        </ul>
      )}
      {total?.reason && !isSingle && (
        <p className="total__mark">
          {say(REASONS[total.reason] ?? labels.reasons.other, { currency: formatCurrencyName(total.currency) })}
        </p>
      )}
    </>
  );
}
