import { ApiError } from "./errors.js";

const SLUG_PREFIX = "urn:tidings:problem:";
const DEFAULT_RETRY_AFTER_S = 60;

/** Convert an error response: a problem of RFC 9457, a gateway's `{"message"}`, or a body that is not JSON. */
export async function toApiError(response: Response): Promise<ApiError> {
  // Any other body has none of a problem's fields, so that the error has at least its status.
  const body: Record<string, unknown> = { ...(await response.json().catch(() => null)) };
  const [type, title, message, detail] = [body.type, body.title, body.message, body.detail].map(nonEmptyString);
  return new ApiError({
    status: response.status,
    slug: type?.startsWith(SLUG_PREFIX) ? type.slice(SLUG_PREFIX.length) : null,
    title: title ?? message ?? `HTTP ${response.status}`,
    detail,
    retryAfter: parseRetryAfter(response, body.retry_after),
    providers: body.providers as ApiError["providers"],
  });
}

const nonEmptyString = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

function parseRetryAfter(response: Response, bodyField: unknown): number | null {
  const seconds = typeof bodyField === "number" ? bodyField : headerSeconds(response.headers.get("retry-after"));
  if (Number.isFinite(seconds) && seconds >= 0) return Math.ceil(seconds);
  return response.status === 429 ? DEFAULT_RETRY_AFTER_S : null;
}

/** Parse seconds or an HTTP date. Returns NaN for anything else. */
function headerSeconds(header: string | null): number {
  if (!header) return Number.NaN;
  const seconds = Number(header);
  return Number.isNaN(seconds) ? Math.max(0, (Date.parse(header) - Date.now()) / 1000) : seconds;
}
