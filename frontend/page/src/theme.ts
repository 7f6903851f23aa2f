import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const KEY = "tidings:theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function chosen(): Theme | null {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : null;
}

const current = (): Theme => chosen() ?? (system.matches ? "dark" : "light");

/** Before the first paint: the page comes in the colours it was left in. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = current();
  for (const listener of listeners) listener();
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  applyTheme();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  system.addEventListener("change", applyTheme);
  return () => {
    listeners.delete(listener);
    system.removeEventListener("change", applyTheme);
  };
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, current);
