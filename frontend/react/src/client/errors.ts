/** The API's refusal. `slug` names the problem (`cooling-down`, `provider-outage`, …), or is null for a gateway's own error. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly slug: string | null;
  readonly title: string;
  readonly detail: string;
  /** Whole seconds; 60 for a 429 that says nothing. */
  readonly retryAfter: number | null;

  constructor(problem: {
    status: number;
    slug?: string | null;
    title: string;
    detail?: string;
    retryAfter?: number | null;
  }) {
    super(problem.detail ?? problem.title);
    this.status = problem.status;
    this.slug = problem.slug ?? null;
    this.title = problem.title;
    this.detail = problem.detail ?? problem.title;
    this.retryAfter = problem.retryAfter ?? null;
  }
}

/** No answer came: offline, a refused connection, or a CORS refusal. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";

  constructor(cause: unknown) {
    super("The server can't be reached.", { cause });
  }
}

/** The answer has not the described form. Names where (`holdings.portfolio_data.holdings.3.value`), never what stands there. */
export class ResponseFormatError extends Error {
  override readonly name = "ResponseFormatError";
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`The answer of the server has an unexpected form at ${path}: ${reason}.`);
    this.path = path;
  }
}
