import { ApiError, NetworkError } from "../client/errors.js";
import { PROVIDER_NAMES as NAMES, PROVIDERS } from "../client/providers.js";
import type { ProviderName, ProviderRefresh, RefreshResult } from "../client/types.js";
import { formatInstant } from "../components/formats.js";
import type { RefreshDescription } from "../hooks/types.js";

const REASONS: Record<string, string> = {
  network: "the server can't be reached",
  "not-offered": "there are no investments at this connection",
  "provider-timeout": "the provider took too long",
  "provider-not-ready": "the provider is still collecting the data",
  "provider-outage": "the provider does not answer properly",
  "response-format": "the answer can't be read",
  "unusable-answer": "the provider's answer is not complete",
  unauthenticated: "please sign in again",
};

/** A refresh in words: of a result, or of what the intent rejected with. */
export function describeRefresh(refresh: RefreshResult | Error): RefreshDescription {
  if (refresh instanceof Error) return describeError(refresh);
  const told = PROVIDERS.flatMap((name): [ProviderName, ProviderRefresh][] => {
    const outcome = refresh.outcomes[name];
    return outcome ? [[name, outcome]] : [];
  });
  const tried = told.filter(([, { status }]) => status !== "not_connected" && status !== "not_configured");
  if (refresh.error && (refresh.portfolio === null || tried.length === 1)) return describeError(refresh.error, tried);
  if (tried.length === 0) return { kind: "not_connected", message: "No broker is connected yet." };
  const good = tried.filter(([, one]) => one.status === "refreshed" && one.error === null);
  if (good.length === tried.length) return { kind: "refreshed", message: "Your holdings are up to date." };
  const sentences = tried.map(([name, one]) => sentence(NAMES[name], one)).join(" ");
  const waits = tried.flatMap(([, one]) => (one.status === "cooling_down" ? [one.seconds] : []));
  return {
    ...(refresh.error
      ? { kind: "failed", message: `Refresh failed. ${sentences}` }
      : { kind: "partial", message: sentences }),
    ...(waits.length > 0 && { seconds: Math.min(...waits) }),
  };
}

function describeError(error: Error, tried: readonly [ProviderName, ProviderRefresh][] = []): RefreshDescription {
  const { status, slug, detail, retryAfter } =
    error instanceof ApiError ? error : new ApiError({ status: 0, slug: slugOf(error), title: error.message });
  const name = tried.length === 1 && tried[0] ? NAMES[tried[0][0]] : undefined;
  if (status === 429) {
    const seconds = retryAfter ?? 60;
    return { kind: "wait", message: `Please wait ${seconds} s before you refresh again.`, seconds };
  }
  if (slug === "reconnect-required")
    return { kind: "reconnect", message: `Please connect ${name ?? "your broker"} again.` };
  const why = (slug && REASONS[slug]) ?? detail.replace(/\.$/, "");
  return { kind: "failed", message: `Refresh failed: ${name ? `${name}: ` : ""}${why}.` };
}

const slugOf = (error: Error) => (error instanceof NetworkError ? "network" : "response-format");

function sentence(name: string, one: ProviderRefresh): string {
  switch (one.status) {
    case "refreshed":
      return one.error ? `${name} is up to date only in part: ${because(one.error)}.` : `${name} is up to date.`;
    case "cooling_down":
      return `${name} can be asked again in ${one.seconds} s.`;
    case "reconnect_required":
      return `${name} has to be connected again${asOf(one.asOf)}.`;
    case "failed":
      return `${name} could not be refreshed: ${because(one.error)}${asOf(one.asOf)}.`;
    default:
      return `${name} is not connected.`;
  }
}

const because = (slug: string) => REASONS[slug] ?? slug.replaceAll("-", " ");

const asOf = (date: Date | null) => (date ? `; its numbers are of ${formatInstant(date.toISOString())}` : "");
