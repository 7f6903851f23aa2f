export type Theme = "light" | "dark";

const KEY = "tidings:theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function loadChosenTheme(): Theme | null {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : null;
}

export const currentTheme = (): Theme => loadChosenTheme() ?? (system.matches ? "dark" : "light");

/** Apply the chosen theme. Called before the first paint, so that the colours do not flash. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = currentTheme();
  for (const listener of listeners) listener();
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  applyTheme();
}

export function subscribeToTheme(listener: () => void) {
  listeners.add(listener);
  system.addEventListener("change", applyTheme);
  return () => {
    listeners.delete(listener);
    system.removeEventListener("change", applyTheme);
  };
}
