import { useSyncExternalStore } from "react";
import { CODES, KEY, loadCurrency } from "./storedCurrency.ts";

const listeners = new Set<() => void>();

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
