import type { HoldingRow, OptionContract } from "../client/types.js";
import type { RowValuation } from "../generated/types/types.gen.js";
import { capitalize } from "../locales/formatMessage.js";
import { formatDay, formatStrike } from "./formats.js";
import { createTexts, type LocalTexts, type TextsOrLocale } from "./texts.js";

export const findText = (texts: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(texts, key) ? texts[key] : undefined;

/** Format a security type: `mutual_fund` as "Mutual fund". */
export function typeLabel(type: string, localization?: TextsOrLocale): string {
  const { texts, say } = createTexts(localization);
  const { types } = texts.security;
  return findText(types, type) ?? say(types.unknown, { name: capitalize(type.replaceAll("_", " ")) });
}

/** Explain how a row was read that could be read in more than one way. */
export function valuationLabel({ reading, by, detail }: RowValuation, { texts }: LocalTexts): string {
  const { readings } = texts.security;
  const label = findText(readings, reading);
  return label ? `${label} ${readings[by]}` : detail;
}

/** Name an option by its terms: "AAPL $300 Call". */
export function optionTitle(option: OptionContract, currency: string, localization?: TextsOrLocale): string {
  const { texts, locale } = createTexts(localization);
  return `${option.underlying} ${formatStrike(option.strike, currency, locale)} ${texts.security.option[option.kind]}`;
}

/** Name a security: its short name, and the line below it. */
export function titleOf(row: HoldingRow, localization?: TextsOrLocale): { title: string; detail: string } {
  const words = createTexts(localization);
  const { texts, say, locale } = words;
  const { security } = texts;
  const { option, sources, currency } = row;
  if (row.is_cash)
    return {
      title: say(security.cash, { currency }),
      detail:
        sources.length > 1
          ? say(security.accounts, { count: sources.length })
          : (row.account_name ?? security.cashDetail),
    };
  if (option !== null) {
    return {
      title: optionTitle(option, currency, words),
      detail: say(security.expires, { date: formatDay(option.expiry, locale) }),
    };
  }
  const detail = describeType(row, words);
  if (row.ticker === null) return { title: row.name ?? row.isin ?? row.cusip ?? security.unnamed, detail };
  return { title: row.ticker, detail: row.name === null ? detail : `${row.name} · ${detail}` };
}

const describeType = ({ type, coupon, maturity }: HoldingRow, words: LocalTexts) =>
  [
    typeLabel(type, words),
    coupon !== null && `${coupon} %`,
    maturity !== null && words.say(words.texts.security.until, { date: formatDay(maturity, words.locale) }),
  ]
    .filter(Boolean)
    .join(" · ");
