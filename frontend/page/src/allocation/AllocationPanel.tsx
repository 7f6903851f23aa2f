import { Amount, formatMoney, type Portfolio, splitAmount, tailWidth } from "@tidings/react";
import { type CSSProperties, useMemo, useState } from "react";
import { Choice } from "../Choice.tsx";
import { locale, say, texts } from "../locales/texts.ts";
import { listCurrencyTotals } from "../portfolio/currencyTotals.ts";
import {
  type Allocation,
  type AllocationCurrency,
  chooseGrouping,
  computeAllocation,
  type Grouping,
  shareLabel,
} from "./allocation.ts";
import { Donut } from "./Donut.tsx";

const { allocation: labels } = texts;

const GROUPINGS: { value: Grouping; title: string }[] = [
  { value: "type", title: labels.groupings.type },
  { value: "holding", title: labels.groupings.holding },
  { value: "account", title: labels.groupings.account },
];

/** Show how the value is allocated: all of it in the total's currency, or one currency at a time without rates. */
export function AllocationPanel({ portfolio }: { portfolio: Portfolio }) {
  const { holdings, converted_total: total } = portfolio;
  const isConverted = total != null && total.value !== null;
  const currencies = listCurrencyTotals(portfolio).map(({ currency }) => currency);
  const [chosenCurrency, setChosenCurrency] = useState<string | null>(null);
  const [chosenGrouping, setGrouping] = useState<Grouping | null>(null);
  const fallback = chosenCurrency !== null && currencies.includes(chosenCurrency) ? chosenCurrency : currencies[0];
  const currency = isConverted ? total.currency : (fallback ?? "USD");
  const measure = useMemo(
    (): AllocationCurrency => ({ currency, rates: isConverted ? total : null }),
    [currency, isConverted, total],
  );
  const grouping = useMemo(
    () => chosenGrouping ?? chooseGrouping(holdings, measure),
    [chosenGrouping, holdings, measure],
  );
  const allocation = useMemo(() => computeAllocation(holdings, measure, grouping), [holdings, measure, grouping]);
  const missing = isConverted ? Object.entries(total.unconverted).filter(([, amount]) => amount !== 0) : [];
  return (
    <section className="card allocation" aria-labelledby="allocation">
      <div className="card__head">
        <h2 id="allocation">{labels.title}</h2>
        {!isConverted && currencies.length > 1 && (
          <Choice
            legend={labels.currency}
            options={currencies.map((code) => ({ value: code, title: code }))}
            value={currency}
            onChange={setChosenCurrency}
          />
        )}
        <Choice legend={labels.groupBy} options={GROUPINGS} value={grouping} onChange={setGrouping} />
      </div>
      <Chart allocation={allocation} currency={currency} grouping={grouping} />
      {missing.length > 0 && (
        <p className="tidings-muted">
          {say(labels.unconverted, {
            amounts: missing.map(([code, amount]) => formatMoney(amount, code, locale)).join(", "),
          })}
        </p>
      )}
    </section>
  );
}

interface ChartProps {
  allocation: Allocation;
  currency: string;
  grouping: Grouping;
}

function Chart({ allocation: { slices, negative, unvalued }, currency, grouping }: ChartProps) {
  if (slices.length === 0) return <p className="tidings-empty">{say(labels.empty, { currency })}</p>;
  const tail = splitAmount(formatMoney(0, currency, locale), locale)[1].length;
  return (
    <>
      <div className="allocation__picture">
        <Donut slices={slices} label={say(labels.charts[grouping], { currency })} centre={currency} />
        <ul className="legend" style={{ "--tidings-tail": tailWidth(tail) } as CSSProperties}>
          {slices.map((slice, index) => (
            <li key={slice.id}>
              <span className={`legend__swatch series-${index}`} aria-hidden="true" />
              <span className="legend__label" title={slice.label}>
                {slice.label}
              </span>
              <span className="tidings-number">{shareLabel(slice.share)}</span>
              <span className="tidings-number tidings-muted">
                <Amount text={formatMoney(slice.value, currency, locale)} locale={locale} />
              </span>
            </li>
          ))}
        </ul>
      </div>
      {negative < 0 && (
        <p className="tidings-muted">{say(labels.owed, { amount: formatMoney(negative, currency, locale) })}</p>
      )}
      {unvalued > 0 && <p className="tidings-muted">{say(labels.unvalued, { count: unvalued })}</p>}
    </>
  );
}
