import type { ByProvider, ProviderOutcome } from "./types.js";

/** An error response of the API. `slug` names the problem, for example `cooling-down`; null for a gateway's own error. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  declare readonly status: number;
  declare readonly slug: string | null;
  declare readonly title: string;
  declare readonly detail: string;
  /** Whole seconds; 60 for a 429 without `retry_after` and `Retry-After`. */
  declare readonly retryAfter: number | null;
  /** Each provider's own outcome, if a refresh of several was refused. */
  declare readonly providers: ByProvider<ProviderOutcome> | undefined;

  constructor(problem: {
    status: number;
    slug?: string | null;
    title: string;
    detail?: string | undefined;
    retryAfter?: number | null;
    providers?: ByProvider<ProviderOutcome> | undefined;
  }) {
    super(problem.detail ?? problem.title);
    Object.assign(this, { slug: null, retryAfter: null, ...problem, detail: this.message });
  }
}

/**
 * Why no response arrived. `blocked`: the server is up, but its CORS settings do not allow this page's origin.
 */
export type NetworkErrorReason = "offline" | "unreachable" | "blocked";

export const isSignedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401;

/** No response arrived. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";

  constructor(
    cause: unknown,
    readonly reason: NetworkErrorReason = "unreachable",
  ) {
    super(reason === "blocked" ? "The server does not allow this site (CORS)." : "The server can't be reached.", {
      cause,
    });
  }
}

/** The response does not match its schema. `path` names the field; the error never quotes the field's value. */
export class ResponseFormatError extends Error {
  override readonly name = "ResponseFormatError";
  declare readonly path: string;

  constructor(path: string, reason: string) {
    super(`The response has an unexpected format at ${path}: ${reason}.`);
    this.path = path;
  }
}

/** Name an error without a problem of its own: the request got no response, or one that can't be read. */
export function errorSlug(error: Error): string {
  if (!(error instanceof NetworkError)) return "response-format";
  return error.reason === "unreachable" ? "network" : error.reason;
}
