import { PROVIDER_NAMES, type ProviderName, type ProviderOutcome, type ProviderRefresh } from "@tidings/react";

const PROBLEMS: Record<string, string> = {
  "cooling-down": "It was asked a moment ago.",
  "provider-outage": "Its service does not answer properly at the moment.",
  "provider-timeout": "Its service took too long to answer.",
  "provider-limit": "It asks us to wait.",
  "provider-busy": "Too many people are refreshing at once.",
  "provider-not-ready": "It is still collecting your data.",
  "provider-misconfigured": "It is not set up properly here.",
  "not-configured": "It is not set up here.",
  "unusable-answer": "Its answer was incomplete, so your earlier holdings stay.",
  "not-offered": "It offers no investments for this connection.",
  "reconnect-required": "You have to sign in there again.",
  "store-unavailable": "Our own storage does not answer.",
  gone: "It does not know this connection any more.",
  network: "The server can't be reached.",
  "response-format": "The server's answer could not be understood.",
};

/** Explain a problem slug to the user. */
export const problemLabel = (slug: string | null): string =>
  slug === null ? "" : (PROBLEMS[slug] ?? `It said: ${slug.replaceAll("-", " ")}.`);

const STATES: Record<ProviderOutcome["status"], string> = {
  fresh: "Up to date",
  stored: "No news since",
  cooling_down: "No news since",
  reconnect_required: "Reconnect needed",
  failed: "Last refresh failed",
  not_connected: "Not connected",
  not_configured: "Not available here",
};

export const isWrong = ({ status }: ProviderOutcome): boolean => status === "failed" || status === "reconnect_required";

/** Describe the state of a provider's data, whatever its date. */
export function stateLabel(state: ProviderOutcome, hasNews: boolean): string {
  if (isWrong(state)) return `${STATES[state.status]}: ${problemLabel(state.error)}`.replace(/: $/, "");
  return hasNews ? "Newer data available" : STATES[state.status];
}

/** Describe in one sentence what a refresh did at one provider. */
export function outcomeLabel(provider: ProviderName, outcome: ProviderRefresh): string {
  const name = PROVIDER_NAMES[provider];
  switch (outcome.status) {
    case "refreshed":
      return `${name} was refreshed${outcome.changed ? "." : ": nothing changed."}`;
    case "cooling_down":
      return `${name} was not asked: please wait ${outcome.seconds} s.`;
    case "failed":
      return `${name} could not be refreshed. ${problemLabel(outcome.error)}`;
    case "reconnect_required":
      return `${name} could not be refreshed. ${problemLabel("reconnect-required")}`;
    case "not_connected":
      return `${name} is not connected.`;
    case "not_configured":
      return `${name} is not available here.`;
  }
}
