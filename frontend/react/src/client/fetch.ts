import { orAborted, pause } from "./abort.js";
import { ApiError, NetworkError } from "./errors.js";
import { problemOf } from "./problem.js";

const RETRIES = 3;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 8_000;

export interface RetryOptions {
  fetch?: typeof globalThis.fetch | undefined;
  /** How often a GET is tried again. */
  retries?: number | undefined;
}

/**
 * The response, if it is a good one or a 304. Else throws `ApiError`, `NetworkError` or the signal's reason.
 *
 * A GET is tried again after a 5xx and where no answer came. Nothing else is: a POST may have been carried out, and
 * a 429 (whose `retryAfter` is then in the error) is the caller's to wait for.
 */
export async function fetchWithRetry(
  url: string,
  init: RequestInit = {},
  options: RetryOptions = {},
): Promise<Response> {
  const { fetch = globalThis.fetch, retries = RETRIES } = options;
  const repeatable = (init.method ?? "GET").toUpperCase() === "GET";
  for (let attempt = 0; ; attempt++) {
    try {
      return await once(fetch, url, init);
    } catch (error) {
      const wait = repeatable && attempt < retries ? waitAfter(error, attempt) : null;
      if (wait === null) throw error;
      await pause(wait, init.signal);
    }
  }
}

async function once(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Response> {
  const response = await answered(fetch, url, init);
  if (response.ok || response.status === 304) return response;
  throw await orAborted(problemOf(response), init.signal);
}

async function answered(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Response> {
  init.signal?.throwIfAborted();
  try {
    return await orAborted(fetch(url, init), init.signal);
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new NetworkError(error);
  }
}

/** Milliseconds until the next try, jittered, not before the server wants it; null for none: that far off is too late. */
function waitAfter(error: unknown, attempt: number): number | null {
  const limit = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
  const backoff = limit / 2 + (Math.random() * limit) / 2;
  if (error instanceof NetworkError) return backoff;
  if (!(error instanceof ApiError) || error.status < 500) return null;
  const asked = (error.retryAfter ?? 0) * 1000;
  return asked > LONGEST_BACKOFF_MS ? null : Math.max(asked, backoff);
}
