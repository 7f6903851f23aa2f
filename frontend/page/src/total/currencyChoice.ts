import { useSyncExternalStore } from "react";

const KEY = "tidings:currency";
const listeners = new Set<() => void>();

/** The currencies of the European Central Bank's rates. Each server accepts them. */
const CODES = (
  "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NOK NZD PHP PLN RON SEK SGD THB TRY " +
  "USD ZAR"
).split(" ");

/** Load the currency that the user chose for the total; null: the server's main one. */
export function loadCurrency(): string | null {
  const stored = localStorage.getItem(KEY);
  return stored !== null && CODES.includes(stored) ? stored : null;
}

/** Remember the choice. A currency without rates can only be the server's main one, which needs no choice. */
export function chooseCurrency(currency: string): void {
  if (CODES.includes(currency)) localStorage.setItem(KEY, currency);
  else localStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

export const useCurrencyChoice = (): string | null => useSyncExternalStore(subscribe, loadCurrency);

/** List the currencies to choose from: those of the holdings first, then all that have rates. */
export function listCurrencies(own: readonly string[], current: string): { own: string[]; others: string[] } {
  const chosen = new Set([current, ...own.filter((code) => CODES.includes(code))]);
  return { own: [...chosen], others: CODES.filter((code) => !chosen.has(code)) };
}
