export const KEY = "tidings:currency";

/** The currencies of the European Central Bank's rates. Each server accepts them. */
export const CODES = (
  "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NOK NZD PHP PLN RON SEK SGD THB TRY " +
  "USD ZAR"
).split(" ");

/** Load the currency that the user chose for the total; null: the server's main one. */
export function loadCurrency(): string | null {
  const stored = localStorage.getItem(KEY);
  return stored !== null && CODES.includes(stored) ? stored : null;
}
