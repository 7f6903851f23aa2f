import type { Portfolio } from "@tidings/react";
import { useId } from "react";
import { formatCurrencyName } from "../formatCurrencyName.ts";
import { texts } from "../locales/texts.ts";
import { chooseCurrency, listCurrencies, useCurrencyChoice } from "./currencyChoice.ts";
import { useCurrencyReload } from "./useCurrencyReload.ts";

const { total: labels } = texts;

/** Choose the currency of the total. The choice stays in this browser. */
export function CurrencySwitch({ portfolio }: { portfolio: Portfolio }) {
  const id = useId();
  const choice = useCurrencyChoice();
  useCurrencyReload(portfolio);
  const current = choice ?? portfolio.converted_total?.currency;
  if (current === undefined) return null;
  const { own, others } = listCurrencies(Object.keys(portfolio.totals_by_currency), current);
  return (
    <span className="currency-switch">
      <label className="visually-hidden" htmlFor={id}>
        {labels.currency}
      </label>
      <select
        id={id}
        className="tidings-input"
        value={current}
        onChange={(event) => chooseCurrency(event.target.value)}
      >
        <optgroup label={labels.ownCurrencies}>{own.map(renderOption)}</optgroup>
        <optgroup label={labels.otherCurrencies}>{others.map(renderOption)}</optgroup>
      </select>
    </span>
  );
}

const renderOption = (code: string) => (
  <option key={code} value={code}>
    {`${code} · ${formatCurrencyName(code)}`}
  </option>
);
