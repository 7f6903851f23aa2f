import { ApiError, NetworkError, ResponseFormatError } from "./errors.js";
import { PROVIDERS } from "./providers.js";
import type {
  ByProvider,
  Portfolio,
  ProviderName,
  ProviderOutcome,
  ProviderRefresh,
  RefreshResult,
  TidingsError,
} from "./types.js";

const COOLDOWN_S = 60;

/** Those with a true flag; all where there are no flags at all. */
export function asked(flags: ByProvider<boolean> | undefined): ProviderName[] {
  return flags === undefined ? [...PROVIDERS] : PROVIDERS.filter((name) => flags[name]);
}

export const NOTHING_ASKED: RefreshResult = { portfolio: null, error: null, outcomes: {} };

/** The result of an answer that holds a portfolio. */
export function answered(portfolio: Portfolio, providers: readonly ProviderName[], now: number): RefreshResult {
  const outcomes: ByProvider<ProviderRefresh> = {};
  for (const name of providers) {
    const told = portfolio.metadata.providers[name];
    if (told) outcomes[name] = outcomeOf(told, now);
  }
  const error = sharedError(Object.values(outcomes));
  return { portfolio, error, ...(error ? { status: error.status } : {}), outcomes };
}

/** The result where the API refused or no answer came: no portfolio, so that nothing replaces the current one. */
export function refused(error: TidingsError, providers: readonly ProviderName[], now: number): RefreshResult {
  const outcomes = Object.fromEntries(providers.map((name) => [name, outcomeOfError(error, now)]));
  return { portfolio: null, error, ...(error instanceof ApiError ? { status: error.status } : {}), outcomes };
}

export const isTidingsError = (error: unknown): error is TidingsError =>
  error instanceof ApiError || error instanceof NetworkError || error instanceof ResponseFormatError;

function outcomeOf(told: ProviderOutcome, now: number): ProviderRefresh {
  const asOf = told.as_of === null ? null : new Date(told.as_of);
  switch (told.status) {
    case "fresh":
      return { status: "refreshed", asOf, changed: told.changed ?? false, error: told.error };
    case "cooling_down":
      return coolingDown(told.retry_after ?? COOLDOWN_S, told.error, now);
    case "failed":
      return { status: "failed", error: told.error ?? "failed", asOf };
    case "reconnect_required":
      return { status: "reconnect_required", error: told.error, asOf };
    case "stored":
      return { status: "failed", error: "not-asked", asOf };
    default:
      return { status: told.status };
  }
}

function outcomeOfError(error: TidingsError, now: number): ProviderRefresh {
  if (error instanceof NetworkError) return { status: "failed", error: "network", asOf: null };
  if (error instanceof ResponseFormatError) return { status: "failed", error: "response-format", asOf: null };
  if (error.status === 429) return coolingDown(error.retryAfter ?? COOLDOWN_S, error.slug, now);
  if (error.slug === "reconnect-required") return { status: "reconnect_required", error: error.slug, asOf: null };
  if (error.slug === "not-configured") return { status: "not_configured" };
  return { status: "failed", error: error.slug ?? `http-${error.status}`, asOf: null };
}

function coolingDown(seconds: number, error: string | null, now: number): ProviderRefresh {
  return { status: "cooling_down", seconds, until: new Date(now + seconds * 1000), error };
}

/** Providers that failed in different ways come with a portfolio, of stored parts alone: that is no success either. */
function sharedError(outcomes: readonly ProviderRefresh[]): ApiError | null {
  const tried = outcomes.filter(({ status }) => status !== "not_connected" && status !== "not_configured");
  if (tried.length === 0 || tried.some(({ status }) => status === "refreshed")) return null;
  const waits = tried.flatMap((one) => (one.status === "cooling_down" ? [one.seconds] : []));
  if (waits.length === tried.length) {
    return new ApiError({
      status: 429,
      slug: "cooling-down",
      title: "Refreshed a moment ago",
      retryAfter: Math.min(...waits),
    });
  }
  const failed = tried.find((one) => one.status === "failed");
  if (failed) return new ApiError({ status: 502, slug: failed.error, title: "Nothing could be refreshed" });
  return new ApiError({ status: 409, slug: "reconnect-required", title: "The user has to connect again" });
}
