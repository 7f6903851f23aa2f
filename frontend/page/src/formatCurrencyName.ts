import { texts } from "./locales/texts.ts";

/** Format a currency code as "Canadian Dollar". Codes outside ISO 4217 stay unchanged. */
export function formatCurrencyName(code: string): string {
  if (code === "XXX") return texts.total.unknownCurrency;
  return /^[A-Z]{3}$/.test(code)
    ? (new Intl.DisplayNames(texts.language, { type: "currency" }).of(code) ?? code)
    : code;
}
