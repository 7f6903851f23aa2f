import { ApiError, errorSlug, NetworkError, ResponseFormatError } from "./errors.js";
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

/** List the providers with a true flag; all providers if there are no flags. */
export function selectProviders(flags: ByProvider<boolean> | undefined): ProviderName[] {
  return flags === undefined ? [...PROVIDERS] : PROVIDERS.filter((name) => flags[name]);
}

export const NO_PROVIDER_SELECTED: RefreshResult = { portfolio: null, error: null, outcomes: {} };

/** Build the result of a response that has a portfolio. */
export function resultFromPortfolio(portfolio: Portfolio, providers: readonly ProviderName[]): RefreshResult {
  const outcomes: ByProvider<ProviderRefresh> = {};
  for (const name of providers) {
    const outcome = portfolio.metadata.providers[name];
    if (outcome) outcomes[name] = toProviderRefresh(outcome);
  }
  const error = sharedError(Object.values(outcomes));
  return { portfolio, error, ...(error && { status: error.status }), outcomes };
}

/** Build the result of an error. Its portfolio is null, so that the host keeps the current one. */
export function resultFromError(error: TidingsError, providers: readonly ProviderName[]): RefreshResult {
  const { status } = error as Partial<ApiError>;
  const outcomes = Object.fromEntries(providers.map((name) => [name, errorToProviderRefresh(error, name)]));
  return { portfolio: null, error, ...(status && { status }), outcomes };
}

export const isTidingsError = (error: unknown): error is TidingsError =>
  error instanceof ApiError || error instanceof NetworkError || error instanceof ResponseFormatError;

function toProviderRefresh(outcome: ProviderOutcome): ProviderRefresh {
  const asOf = outcome.as_of === null ? null : new Date(outcome.as_of);
  switch (outcome.status) {
    case "fresh":
      return { status: "refreshed", asOf, changed: outcome.changed ?? false, error: outcome.error };
    case "cooling_down":
      return coolingDown(outcome.retry_after, outcome.error);
    case "failed":
      return { status: "failed", error: outcome.error ?? "failed", asOf };
    case "reconnect_required":
      return { status: "reconnect_required", error: outcome.error, asOf };
    case "stored":
      return { status: "failed", error: "not-asked", asOf };
    default:
      return { status: outcome.status };
  }
}

function errorToProviderRefresh(error: TidingsError, name: ProviderName): ProviderRefresh {
  if (!(error instanceof ApiError)) return { status: "failed", error: errorSlug(error), asOf: null };
  const { status, slug, retryAfter, providers } = error;
  const own = providers?.[name];
  if (own) return toProviderRefresh(own);
  if (status === 429) return coolingDown(retryAfter, slug);
  if (slug === "not-configured") return { status: "not_configured" };
  return {
    status: slug === "reconnect-required" ? "reconnect_required" : "failed",
    error: slug ?? `http-${status}`,
    asOf: null,
  };
}

function coolingDown(wait: number | null, error: string | null): ProviderRefresh {
  const seconds = wait ?? COOLDOWN_S;
  return { status: "cooling_down", seconds, until: new Date(Date.now() + seconds * 1000), error };
}

/** Find the error if no provider was refreshed. Such a response has a portfolio too, but of stored data only. */
function sharedError(outcomes: readonly ProviderRefresh[]): ApiError | null {
  const tried = outcomes.filter(({ status }) => status !== "not_connected" && status !== "not_configured");
  if (tried.length === 0 || tried.some(({ status }) => status === "refreshed")) return null;
  const waits = tried.flatMap((outcome) => (outcome.status === "cooling_down" ? [outcome.seconds] : []));
  const failed = tried.find((outcome) => outcome.status === "failed");
  return new ApiError(
    waits.length === tried.length
      ? { status: 429, slug: "cooling-down", title: "Refreshed", retryAfter: Math.min(...waits) }
      : failed
        ? { status: 502, slug: failed.error, title: "Refresh failed." }
        : { status: 409, slug: "reconnect-required", title: "Reconnect needed" },
  );
}
