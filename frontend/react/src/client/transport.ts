import { withAbort, withTimeLimit } from "./abort.js";
import { isSignedOut, NetworkError, ResponseFormatError } from "./errors.js";
import { fetchWithRetry } from "./fetch.js";
import { explainNetworkError } from "./networkReason.js";
import type { Check } from "./schemaTypes.js";
import type { CallOptions, ClientOptions } from "./types.js";

/** `isCached`: keep the last value with its ETag, and return it for a 304. */
export interface RequestOptions extends CallOptions {
  method?: "POST" | "DELETE";
  body?: object;
  isCached?: boolean;
}

export type SendRequest = <T>(path: string, check: Check<T>, options?: RequestOptions) => Promise<T>;
type Token = string | null;
interface CachedResponse {
  etag: string;
  token: Token;
  value: unknown;
}

/** Ignore smaller offsets: a Date header has whole seconds, and the response takes time to arrive. */
const MIN_OFFSET_MS = 3_000;
/** For a body whose response has begun: a large portfolio may take longer than a request on a slow network. */
const LONGEST_BODY_MS = 30_000;

/** Create the send function of one client: cookie or Bearer token, one more attempt with a renewed token after a 401. */
export function createTransport({ baseUrl, getToken, fetch }: ClientOptions): {
  send: SendRequest;
  clockOffset: () => number;
} {
  const root = baseUrl.replace(/\/+$/, "");
  const cache = new Map<string, CachedResponse>();
  let offset = 0;

  function updateClockOffset(headers: Headers): void {
    const ahead = Date.parse(headers.get("date") ?? "") - Date.now();
    if (!Number.isNaN(ahead)) offset = Math.abs(ahead) < MIN_OFFSET_MS ? 0 : ahead;
  }

  async function currentToken(signal: AbortSignal | undefined): Promise<Token> {
    return (await withAbort(Promise.resolve(getToken?.()), signal)) ?? null;
  }

  async function attempt<T>(path: string, options: RequestOptions, bearer: Token, check: Check<T>): Promise<T> {
    const stored = cache.get(path);
    const cached = stored?.token === bearer ? stored : undefined;
    const init = buildRequest(options, bearer, cached?.etag);
    const response = await fetchWithRetry(root + path, init, { fetch }).catch(async (error: unknown) => {
      throw error instanceof NetworkError ? await explainNetworkError(error, root, fetch, options.signal) : error;
    });
    updateClockOffset(response.headers);
    if (response.status === 304 && cached) return cached.value as T;
    const value = check(await readJson(response, options.signal), "");
    const etag = response.headers.get("etag");
    if (options.isCached && etag) cache.set(path, { etag, token: bearer, value });
    return value;
  }

  const send: SendRequest = async (path, check, options = {}) => {
    const bearer = await currentToken(options.signal);
    try {
      return await attempt(path, options, bearer, check);
    } catch (error) {
      if (!isSignedOut(error) || !getToken) throw error;
      const renewed = await currentToken(options.signal);
      if (renewed === bearer) throw error;
      return attempt(path, options, renewed, check);
    }
  };
  return { send, clockOffset: () => offset };
}

function buildRequest(options: RequestOptions, bearer: Token, etag: string | undefined): RequestInit {
  const headers = {
    accept: "application/json, application/problem+json",
    ...(options.body && { "content-type": "application/json" }),
    ...(bearer && { authorization: `Bearer ${bearer}` }),
    ...(etag && { "if-none-match": etag }),
  };
  return {
    method: options.method ?? "GET",
    headers,
    credentials: "include",
    body: options.body ? JSON.stringify(options.body) : null,
    signal: options.signal ?? null,
  };
}

async function readJson(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  if (response.status === 204) return undefined;
  let text: string;
  try {
    text = await withTimeLimit(LONGEST_BODY_MS, signal, () => response.text());
  } catch (error) {
    signal?.throwIfAborted();
    throw new NetworkError(error);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ResponseFormatError("its top", "JSON expected");
  }
}
