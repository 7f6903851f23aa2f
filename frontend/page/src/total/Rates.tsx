import {
  Amount,
  type AppliedRate,
  type ConvertedTotal,
  formatDay,
  formatMoney,
  formatQuantity,
  splitAmount,
  tailWidth,
} from "@tidings/react";
import type { CSSProperties } from "react";
import { formatCurrencyName } from "../formatCurrencyName.ts";
import { locale, say, texts } from "../locales/texts.ts";

const { total: labels } = texts;

/** The citations that the sources of the rates ask for. */
const SOURCES: Record<string, string> = { ecb: "ECB statistics", fixed: labels.fixedRate };

const sourceLabel = (source: string) => SOURCES[source] ?? source;

/** Say at which rates the total is converted and by whom they are published; the rates themselves are one click away. */
export function Rates({ total }: { total: ConvertedTotal }) {
  const converted = total.rates.filter(({ from }) => from !== total.currency);
  if (converted.length === 0) return null;
  const days = converted.flatMap(({ date }) => date ?? []).sort();
  const sources = [...new Set(converted.flatMap(({ source }) => source ?? []))];
  const dates = [...new Set([days[0], days.at(-1)])].flatMap((day) => (day ? formatDay(day, locale) : []));
  return (
    <details className="rates">
      <summary>
        {say(dates.length > 0 ? labels.convertedAt : labels.converted, { dates: dates.join(" – ") })}{" "}
        <span className="rates__source">{say(labels.source, { source: sources.map(sourceLabel).join(", ") })}</span>
      </summary>
      <RatesTable total={total} />
    </details>
  );
}

function RatesTable({ total }: { total: ConvertedTotal }) {
  const tails = total.rates.map(({ amount, from }) => splitAmount(formatMoney(amount, from, locale), locale)[1].length);
  const style = { "--tidings-tail": tailWidth(Math.max(...tails)) } as CSSProperties;
  return (
    <table className="rates__table" style={style} aria-label={labels.rates}>
      <thead>
        <tr>
          <th scope="col">{labels.columns.currency}</th>
          <th scope="col">{labels.columns.amount}</th>
          <th scope="col">{labels.columns.rate}</th>
        </tr>
      </thead>
      <tbody>
        {total.rates.map((rate) => (
          <RateRow key={`${rate.from} ${rate.date}`} rate={rate} />
        ))}
        {Object.entries(total.unconverted).map(([currency, amount]) => (
          <tr key={currency}>
            <th scope="row" title={formatCurrencyName(currency)}>
              {currency}
            </th>
            <td>
              <Amount text={formatMoney(amount, currency, locale)} locale={locale} />
            </td>
            <td>{labels.withoutRate}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RateRow({ rate: { from, to, amount, rate, date, source } }: { rate: AppliedRate }) {
  return (
    <tr>
      <th scope="row" title={formatCurrencyName(from)}>
        {from}
      </th>
      <td>
        <Amount text={formatMoney(amount, from, locale)} locale={locale} />
      </td>
      <td>
        {from === to ? "—" : <span title={`1 ${from} = ${rate} ${to}`}>{formatQuantity(rate, locale)}</span>}
        {date && <span className="rates__by tidings-muted">{formatDay(date, locale)}</span>}
        {source && <span className="rates__by tidings-muted">{sourceLabel(source)}</span>}
      </td>
    </tr>
  );
}
