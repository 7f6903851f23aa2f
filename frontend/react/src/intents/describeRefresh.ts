import { ApiError, errorSlug } from "../client/errors.js";
import { PROVIDER_NAMES as NAMES, PROVIDERS } from "../client/providers.js";
import type { ProviderName, ProviderRefresh, RefreshResult } from "../client/types.js";
import { formatInstant } from "../components/formats.js";
import type { RefreshDescription } from "../hooks/types.js";

const REASONS: Record<string, string> = {
  gone: "access has ended",
  network: "the server can't be reached",
  "not-asked": "it was not asked",
  "not-offered": "it has no investments",
  "provider-timeout": "the provider took too long",
  "provider-not-ready": "the provider is still collecting the data",
  "provider-outage": "the provider does not respond properly",
  "response-format": "the response can't be read",
  "unusable-answer": "the provider's data is incomplete",
  unauthenticated: "please sign in again",
};

/** Describe a refresh to the user. Accepts a result, or the error with which the intent rejected. */
export function describeRefresh(refresh: RefreshResult | Error): RefreshDescription {
  if (refresh instanceof Error) return describeError(refresh);
  const reported = PROVIDERS.flatMap((name): [ProviderName, ProviderRefresh][] => {
    const outcome = refresh.outcomes[name];
    return outcome ? [[name, outcome]] : [];
  });
  const tried = reported.filter(([, { status }]) => status !== "not_connected" && status !== "not_configured");
  if (refresh.error && (refresh.portfolio === null || tried.length === 1)) return describeError(refresh.error, tried);
  if (tried.length === 0) return { kind: "not_connected", message: "No broker is connected yet." };
  const isComplete = tried.every(([, outcome]) => outcome.status === "refreshed" && outcome.error === null);
  if (isComplete) return { kind: "refreshed", message: "Your holdings are up to date." };
  const sentences = tried.map(([name, outcome]) => describeOutcome(NAMES[name], outcome)).join(" ");
  const waits = tried.flatMap(([, outcome]) => (outcome.status === "cooling_down" ? [outcome.seconds] : []));
  return {
    ...(refresh.error
      ? { kind: "failed", message: `Refresh failed. ${sentences}` }
      : { kind: "partial", message: sentences }),
    ...(waits.length > 0 && { seconds: Math.min(...waits) }),
  };
}

/** Describe a refused refresh: the text of every 429. `cause`: why, unless it is the cooldown. */
export const describeWait = (seconds: number, cause = ""): RefreshDescription => ({
  kind: "wait",
  message: `${cause}Please wait ${seconds} s before you refresh again.`,
  seconds,
});

function describeError(error: Error, tried: readonly [ProviderName, ProviderRefresh][] = []): RefreshDescription {
  const { status, slug, title, detail, retryAfter } =
    error instanceof ApiError ? error : new ApiError({ status: 0, slug: errorSlug(error), title: error.message });
  const name = tried.length === 1 && tried[0] ? NAMES[tried[0][0]] : undefined;
  if (status === 429) return describeWait(retryAfter ?? 60, slug === "cooling-down" ? "" : `${title}. `);
  if (slug === "reconnect-required")
    return { kind: "reconnect", message: `Please connect ${name ?? "your broker"} again.` };
  const reason = (slug && REASONS[slug]) ?? detail.replace(/\.$/, "");
  return { kind: "failed", message: `Refresh failed: ${name ? `${name}: ` : ""}${reason}.` };
}

function describeOutcome(name: string, outcome: ProviderRefresh): string {
  switch (outcome.status) {
    case "refreshed":
      return outcome.error
        ? `${name} is only partly up to date: ${describeReason(outcome.error)}.`
        : `${name} is up to date.`;
    case "cooling_down":
      return `${name} can be refreshed again in ${outcome.seconds} s.`;
    case "reconnect_required":
      return `${name} has to be connected again${describeAge(outcome.asOf)}.`;
    case "failed":
      return `${name} could not be refreshed: ${describeReason(outcome.error)}${describeAge(outcome.asOf)}.`;
    default:
      return `${name} is not connected.`;
  }
}

const describeReason = (slug: string) => REASONS[slug] ?? slug.replaceAll("-", " ");

const describeAge = (date: Date | null) => (date ? `; its data is from ${formatInstant(date.toISOString())}` : "");
