import { withTimeLimit } from "./abort.js";
import { NetworkError } from "./errors.js";

const LONGEST_PROBE_MS = 2_000;

/**
 * Find out why a request got no response. Browsers report an outage and a CORS rejection alike, so this sends one more
 * request whose response nobody may read: CORS does not apply to it, so it succeeds if the server is up.
 */
export async function explainNetworkError(
  error: NetworkError,
  root: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
  signal?: AbortSignal,
): Promise<NetworkError> {
  if (isOffline()) return new NetworkError(error.cause, "offline");
  const hasTakenTooLong = (error.cause as Error | undefined)?.name === "AbortError";
  if (hasTakenTooLong || !isOnOtherOrigin(root)) return error;
  try {
    await withTimeLimit(LONGEST_PROBE_MS, signal, (signal) =>
      fetch(root, { mode: "no-cors", credentials: "omit", cache: "no-store", signal }),
    );
  } catch {
    signal?.throwIfAborted();
    return error;
  }
  return new NetworkError(error.cause, "blocked");
}

const isOnOtherOrigin = (root: string) =>
  typeof location !== "undefined" && new URL(root, location.href).origin !== location.origin;

export const isOffline = (): boolean => globalThis.navigator?.onLine === false;
