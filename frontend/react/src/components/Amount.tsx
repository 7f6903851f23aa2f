import type { ReactNode } from "react";
import type { HoldingRow } from "../client/types.js";
import { formatMoney } from "./formats.js";

const decimalSign = (locale: string | undefined) =>
  new Intl.NumberFormat(locale).formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";

/** Split a formatted amount before its decimals, or after its last digit. */
export function splitAmount(text: string, locale?: string): [string, string] {
  const decimals = text.lastIndexOf(decimalSign(locale));
  const at = decimals < 0 ? text.search(/\D*$/) : decimals;
  return [text.slice(0, at), text.slice(at)];
}

export interface AmountProps {
  text: string;
  locale?: string | undefined;
  /** A mark that follows the decimals. */
  children?: ReactNode;
}

/** Show an amount whose decimals align with those of its list: that sets `--tidings-tail`, the width of the longest. */
export function Amount({ text, locale, children }: AmountProps) {
  const [head, tail] = splitAmount(text, locale);
  return (
    <>
      {head}
      <span className="tidings-tail">
        {tail}
        {children}
      </span>
    </>
  );
}

const countDecimals = (value: number | null, most: number) =>
  Math.min(`${value ?? ""}`.split(".")[1]?.length ?? 0, most);

/** Measure the longest decimals of each column, as a table's CSS variables. No amount is formatted for this. */
export function measureTails(holdings: readonly HoldingRow[], locale: string | undefined) {
  const currencies = new Set(holdings.map(({ currency }) => currency));
  const tails = [...currencies].map((currency) => splitAmount(formatMoney(0, currency, locale), locale)[1].length);
  const money = Math.max(0, ...tails);
  let [quantity, price] = [0, 2];
  for (const holding of holdings) {
    quantity = Math.max(quantity, countDecimals(holding.option?.contracts ?? holding.quantity, 8));
    price = Math.max(price, countDecimals(holding.price, Math.abs(holding.price ?? 1) < 1 ? 6 : 4));
  }
  return {
    "--tidings-tail": `${money + Number(holdings.some(({ valuation }) => valuation))}ch`,
    "--tidings-tail-price": `${money + price - 2}ch`,
    "--tidings-tail-quantity": `${quantity && quantity + 1}ch`,
  };
}
