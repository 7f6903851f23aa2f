let hiddenSince: number | undefined;

export const isPageHidden = (): boolean => typeof document !== "undefined" && document.visibilityState === "hidden";

/** How long the page has been hidden, from the first call that found it so; undefined while it can be seen. */
export function hiddenForMs(): number | undefined {
  if (isPageHidden()) hiddenSince ??= Date.now();
  else hiddenSince = undefined;
  return hiddenSince === undefined ? undefined : Date.now() - hiddenSince;
}

/** For `useSyncExternalStore`. */
export function subscribeToVisibility(notify: () => void): () => void {
  document.addEventListener("visibilitychange", notify);
  return () => document.removeEventListener("visibilitychange", notify);
}
