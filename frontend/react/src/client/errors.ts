/** An error response of the API. `slug` names the problem, for example `cooling-down`; null for a gateway's own error. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly slug: string | null;
  readonly title: string;
  readonly detail: string;
  /** Whole seconds; 60 for a 429 without `retry_after` and `Retry-After`. */
  readonly retryAfter: number | null;

  constructor(problem: {
    status: number;
    slug?: string | null;
    title: string;
    detail?: string | undefined;
    retryAfter?: number | null;
  }) {
    super(problem.detail ?? problem.title);
    this.status = problem.status;
    this.slug = problem.slug ?? null;
    this.title = problem.title;
    this.detail = this.message;
    this.retryAfter = problem.retryAfter ?? null;
  }
}

/** No response arrived: offline, a refused connection, or a CORS rejection. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";

  constructor(cause: unknown) {
    super("The server can't be reached.", { cause });
  }
}

/** The response does not match its schema. `path` names the field; the error never quotes the field's value. */
export class ResponseFormatError extends Error {
  override readonly name = "ResponseFormatError";
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`The server's response has an unexpected format at ${path}: ${reason}.`);
    this.path = path;
  }
}

/** Name an error without a problem of its own: the request got no response, or one that can't be read. */
export const errorSlug = (error: Error): string => (error instanceof NetworkError ? "network" : "response-format");
