import type { ReactNode } from "react";
import type { HoldingRow } from "../client/types.js";
import { formatMoney, formatQuantity } from "./formats.js";

/** Split a formatted amount before its decimals, or after its last digit. */
export function splitAmount(text: string, locale?: string): [string, string] {
  const [, sign] = [...formatQuantity(0.5, locale)] as [string, string];
  const decimals = text.lastIndexOf(sign);
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

/** Return the width of decimals of so many characters, as `--tidings-tail`: their sign is narrower than a digit. */
export const tailWidth = (characters: number): string => `${characters && characters - 0.4}ch`;

/** Count the characters from the decimal sign on. No number is formatted for this, since a table has many. */
const tailLength = (value: number | null, most: number) => Math.min(/\..*/.exec(`${value}`)?.[0].length ?? 0, most);

/** Measure the longest decimals of each column, as a table's CSS variables. */
export function measureTails(holdings: readonly HoldingRow[], locale: string | undefined) {
  let [money, quantity, price] = [0, 0, 3];
  for (const currency of new Set(holdings.map((holding) => holding.currency))) {
    money = Math.max(money, splitAmount(formatMoney(0, currency, locale), locale)[1].length);
  }
  for (const holding of holdings) {
    quantity = Math.max(quantity, tailLength(holding.option?.contracts ?? holding.quantity, 9));
    price = Math.max(price, tailLength(holding.price, Math.abs(holding.price ?? 1) < 1 ? 7 : 5));
  }
  return {
    "--tidings-tail": tailWidth(money),
    "--tidings-tail-price": tailWidth(money + price - 3),
    "--tidings-tail-quantity": tailWidth(quantity),
  };
}
