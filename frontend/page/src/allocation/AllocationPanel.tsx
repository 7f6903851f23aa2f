import { formatMoney, type Portfolio } from "@tidings/react";
import { useMemo, useState } from "react";
import { Choice } from "../Choice.tsx";
import { locale, say, texts } from "../locales/texts.ts";
import { listCurrencyTotals } from "../portfolio/currencyTotals.ts";
import { type Allocation, computeAllocation, type Grouping, shareLabel } from "./allocation.ts";
import { Donut } from "./Donut.tsx";

const { allocation: labels } = texts;

const GROUPINGS: { value: Grouping; title: string }[] = [
  { value: "holding", title: labels.groupings.holding },
  { value: "type", title: labels.groupings.type },
  { value: "account", title: labels.groupings.account },
];

/** Show how the value in one currency is allocated. The list repeats the chart as text, for screen readers too. */
export function AllocationPanel({ portfolio }: { portfolio: Portfolio }) {
  const currencies = listCurrencyTotals(portfolio).map((total) => total.currency);
  const [chosenCurrency, setChosenCurrency] = useState<string | null>(null);
  const [grouping, setGrouping] = useState<Grouping>("holding");
  const currency =
    chosenCurrency !== null && currencies.includes(chosenCurrency) ? chosenCurrency : (currencies[0] ?? "USD");
  const allocation = useMemo(
    () => computeAllocation(portfolio.holdings, currency, grouping),
    [portfolio.holdings, currency, grouping],
  );
  return (
    <section className="card allocation" aria-labelledby="allocation">
      <div className="card__head">
        <h2 id="allocation">{labels.title}</h2>
        {currencies.length > 1 && (
          <Choice
            legend={labels.currency}
            options={currencies.map((code) => ({ value: code, title: code }))}
            value={currency}
            onChange={setChosenCurrency}
          />
        )}
      </div>
      <Choice legend={labels.groupBy} options={GROUPINGS} value={grouping} onChange={setGrouping} />
      <Chart allocation={allocation} currency={currency} grouping={grouping} />
    </section>
  );
}

function Chart({ allocation, currency, grouping }: { allocation: Allocation; currency: string; grouping: Grouping }) {
  const { slices, negative, unvalued } = allocation;
  if (slices.length === 0) return <p className="tidings-empty">{say(labels.empty, { currency })}</p>;
  return (
    <>
      <div className="allocation__picture">
        <Donut slices={slices} label={say(labels.charts[grouping], { currency })} centre={currency} />
        <ul className="legend">
          {slices.map((slice, index) => (
            <li key={slice.label}>
              <span className={`legend__swatch series-${index}`} aria-hidden="true" />
              <span className="legend__label">{slice.label}</span>
              <span className="tidings-number">{shareLabel(slice.share)}</span>
              <span className="tidings-number tidings-muted">{formatMoney(slice.value, currency, locale)}</span>
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
