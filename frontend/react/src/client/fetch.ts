import { delay, withTimeLimit } from "./abort.js";
import { ApiError, NetworkError } from "./errors.js";
import { toApiError } from "./toApiError.js";

const RETRIES = 3;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 8_000;
/** For all attempts of a GET together. */
const LONGEST_GET_MS = 10_000;
/** For any other request: the API ends its own work after 29 s. */
const LONGEST_CHANGE_MS = 35_000;

export interface RetryOptions {
  fetch?: typeof globalThis.fetch | undefined;
  /** How many times to retry a GET. */
  retries?: number | undefined;
}

/**
 * Fetch, and return a 2xx or 304 response. Raises `ApiError`, `NetworkError` or the signal's reason otherwise.
 *
 * Only a GET is retried, after a 5xx or a network error, and all its attempts together end after 10 s. A POST is not,
 * because the server may have executed it. A 429 is not, because it asks for a longer wait than a retry; the error has
 * `retryAfter`.
 */
export async function fetchWithRetry(
  url: string,
  init: RequestInit = {},
  options: RetryOptions = {},
): Promise<Response> {
  const { fetch = globalThis.fetch, retries = RETRIES } = options;
  const isRepeatable = (init.method ?? "GET").toUpperCase() === "GET";
  const end = Date.now() + (isRepeatable ? LONGEST_GET_MS : LONGEST_CHANGE_MS);
  for (let attempt = 0; ; attempt++) {
    try {
      return await withTimeLimit(end - Date.now(), init.signal, (signal) =>
        attemptOnce(fetch, url, { ...init, signal }),
      );
    } catch (error) {
      init.signal?.throwIfAborted();
      const failure = error instanceof ApiError ? error : new NetworkError(error);
      const delayMs = isRepeatable && attempt < retries ? retryDelayMs(failure, attempt) : null;
      if (delayMs === null || Date.now() + delayMs >= end) throw failure;
      await delay(delayMs, init.signal);
    }
  }
}

async function attemptOnce(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.ok || response.status === 304) return response;
  throw await toApiError(response);
}

/** Compute the jittered delay before a retry, at least the server's Retry-After. Null: do not retry. */
function retryDelayMs(error: ApiError | NetworkError, attempt: number): number | null {
  const limit = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
  const backoff = limit / 2 + (Math.random() * limit) / 2;
  if (error instanceof NetworkError) return backoff;
  if (error.status < 500) return null;
  const retryAfterMs = (error.retryAfter ?? 0) * 1000;
  return retryAfterMs > LONGEST_BACKOFF_MS ? null : Math.max(retryAfterMs, backoff);
}
