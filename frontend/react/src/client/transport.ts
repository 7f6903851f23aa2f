import { orAborted } from "./abort.js";
import { ApiError, NetworkError, ResponseFormatError } from "./errors.js";
import { fetchWithRetry } from "./fetch.js";
import type { CallOptions, ClientOptions } from "./types.js";

/** `kept`: the last value is kept with its ETag, and is the answer of a 304. */
export interface Sent extends CallOptions {
  method?: "POST" | "DELETE";
  body?: object;
  kept?: boolean;
}

export type Send = <T>(path: string, sent: Sent, read: (body: unknown) => T) => Promise<T>;
type Token = string | null;
interface Kept {
  etag: string;
  token: Token;
  value: unknown;
}

/** A date header tells whole seconds, and takes its time to get here. */
const SLIGHT_OFFSET_MS = 3_000;

/** How one client sends: cookie or Bearer token, once more with a renewed token after a 401. */
export function transport({ baseUrl, getToken, fetch }: ClientOptions): { send: Send; clockOffset: () => number } {
  const root = baseUrl.replace(/\/+$/, "");
  const kept = new Map<string, Kept>();
  let offset = 0;

  function readClock(headers: Headers): void {
    const ahead = Date.parse(headers.get("date") ?? "") - Date.now();
    if (!Number.isNaN(ahead)) offset = Math.abs(ahead) < SLIGHT_OFFSET_MS ? 0 : ahead;
  }

  async function token(signal: AbortSignal | undefined): Promise<Token> {
    return (await orAborted(Promise.resolve(getToken?.()), signal)) ?? null;
  }

  async function attempt<T>(path: string, sent: Sent, bearer: Token, read: (body: unknown) => T): Promise<T> {
    const known = sent.kept ? kept.get(path) : undefined;
    const mine = known?.token === bearer ? known : undefined;
    const init = request(sent, bearer, mine?.etag);
    const response = await fetchWithRetry(root + path, init, { fetch });
    readClock(response.headers);
    if (response.status === 304 && mine) return mine.value as T;
    const value = read(await bodyOf(response, sent.signal));
    const etag = response.headers.get("etag");
    if (sent.kept && etag) kept.set(path, { etag, token: bearer, value });
    return value;
  }

  const send: Send = async (path, sent, read) => {
    const bearer = await token(sent.signal);
    try {
      return await attempt(path, sent, bearer, read);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401 && getToken)) throw error;
      const renewed = await token(sent.signal);
      if (renewed === bearer) throw error;
      return attempt(path, sent, renewed, read);
    }
  };
  return { send, clockOffset: () => offset };
}

function request(sent: Sent, bearer: Token, etag: string | undefined): RequestInit {
  const headers = {
    accept: "application/json, application/problem+json",
    ...(sent.body && { "content-type": "application/json" }),
    ...(bearer && { authorization: `Bearer ${bearer}` }),
    ...(etag && { "if-none-match": etag }),
  };
  return {
    method: sent.method ?? "GET",
    headers,
    credentials: "include",
    ...(sent.body && { body: JSON.stringify(sent.body) }),
    ...(sent.signal && { signal: sent.signal }),
  };
}

async function bodyOf(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  if (response.status === 204) return undefined;
  let text: string;
  try {
    text = await orAborted(response.text(), signal);
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
