import { ApiError } from "./errors.js";

const SLUG_PREFIX = "urn:tidings:problem:";
const RETRY_AFTER_UNSAID_S = 60;

/** The error that a refusing response stands for: a problem of RFC 9457, a gateway's `{"message"}`, or no JSON at all. */
export async function problemOf(response: Response): Promise<ApiError> {
  const body = await bodyOf(response);
  const type = text(body.type);
  const title = text(body.title) ?? text(body.message) ?? `HTTP ${response.status}`;
  return new ApiError({
    status: response.status,
    slug: type?.startsWith(SLUG_PREFIX) ? type.slice(SLUG_PREFIX.length) : null,
    title,
    detail: text(body.detail) ?? title,
    retryAfter: retryAfterOf(response, body.retry_after),
  });
}

/** What can't be read as a JSON object tells nothing more than its status. */
async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  const received = await response.text().catch(() => "");
  try {
    const body: unknown = JSON.parse(received);
    return typeof body === "object" && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

function retryAfterOf(response: Response, told: unknown): number | null {
  const seconds = typeof told === "number" ? told : headerSeconds(response.headers.get("retry-after"));
  if (Number.isFinite(seconds) && seconds >= 0) return Math.ceil(seconds);
  return response.status === 429 ? RETRY_AFTER_UNSAID_S : null;
}

/** Seconds or an HTTP date; NaN for neither. */
function headerSeconds(header: string | null): number {
  if (header === null || header.trim() === "") return Number.NaN;
  const seconds = Number(header);
  return Number.isNaN(seconds) ? Math.max(0, (Date.parse(header) - Date.now()) / 1000) : seconds;
}
