import {
  type AccountTotal,
  type Connection,
  connectionName,
  hasAccessEnded,
  needsReconnect,
  PROVIDER_NAMES,
  type ProviderName,
  type ProviderOutcome,
  type ProviderPending,
  type ProviderRefresh,
} from "@tidings/react";

const PROBLEMS: Record<string, string> = {
  "cooling-down": "It was refreshed a moment ago.",
  "provider-outage": "Its service does not respond properly at the moment.",
  "provider-timeout": "Its service took too long to respond.",
  "provider-limit": "It requires us to wait.",
  "provider-busy": "Too many people are refreshing at once.",
  "provider-not-ready": "It is still collecting your data.",
  "provider-misconfigured": "It is not set up properly here.",
  "not-configured": "It is not set up here.",
  "unusable-answer": "Its response was incomplete, so your earlier holdings stay.",
  "not-asked": "No refresh was requested.",
  "not-offered": "It offers no investments for this connection.",
  "reconnect-required": "You have to sign in there again.",
  "store-unavailable": "Our own storage does not respond.",
  gone: "Access has ended. Connect again, or remove the connection.",
  network: "The server can't be reached.",
  "response-format": "The server's response could not be read.",
};

/** Explain a problem slug to the user. */
export const problemLabel = (slug: string | null): string =>
  slug === null ? "" : (PROBLEMS[slug] ?? `Reason: ${slug.replaceAll("-", " ")}.`);

const STATES: Record<ProviderOutcome["status"], string> = {
  fresh: "Up to date",
  stored: "No updates since",
  cooling_down: "No updates since",
  reconnect_required: "Reconnect needed",
  failed: "Last refresh failed",
  not_connected: "Not connected",
  not_configured: "Not available here",
};

export const hasProblem = ({ status }: ProviderOutcome): boolean =>
  status === "failed" || status === "reconnect_required";

/**
 * Correct the state of a provider of which every broken connection has ended: no sign-in can repair them. The notes say
 * so; the provider's other connections work.
 */
export function withoutEnded(state: ProviderOutcome, connections: readonly Connection[]): ProviderOutcome {
  const isOnlyEnded = connections.some(hasAccessEnded) && !connections.some(needsReconnect);
  return state.status === "reconnect_required" && isOnlyEnded ? { ...state, status: "stored" } : state;
}

/** Describe the state of a provider's data, whatever its date. Without a known `pending`, it never says "no updates". */
export function stateLabel(state: ProviderOutcome, pending: ProviderPending | undefined): string {
  if (hasProblem(state)) return `${STATES[state.status]}: ${problemLabel(state.error)}`.replace(/: $/, "");
  if (pending?.has_pending_updates) return "Newer data available";
  const isUnknown = pending === undefined || pending.state_unknown;
  return isUnknown && state.status !== "fresh" ? "Checking for updates…" : STATES[state.status];
}

/** Describe in one sentence what a refresh did at one provider. */
export function outcomeLabel(provider: ProviderName, outcome: ProviderRefresh): string {
  const name = PROVIDER_NAMES[provider];
  switch (outcome.status) {
    case "refreshed":
      return `${name} was refreshed${outcome.changed ? "." : ": nothing changed."}`;
    case "cooling_down":
      return `${name} was not refreshed: please wait ${outcome.seconds} s. ${problemLabel(outcome.error)}`.trim();
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

const ACCOUNT_STATUSES: Record<string, string> = { closed: "Closed", archived: "Archived", unavailable: "Unavailable" };

/** Say in a word or two what is special about an account. */
export function accountTags({ counted, is_paper: isPaper, status }: AccountTotal): string[] {
  const tag = isPaper ? "Paper account, not counted" : counted ? null : "Counted once";
  return [tag, ACCOUNT_STATUSES[status ?? ""]].filter((text) => typeof text === "string");
}

/** Explain the difference between the institution's total and the listed holdings. */
export function residualLabel({ residual_explained_by: explanation }: AccountTotal): string {
  switch (explanation) {
    case "unvested":
      return "The institution counts what is not vested yet. It counts here once it vests.";
    case "margin_loan":
      return "The residual is the money that you borrowed from the institution to invest.";
    default:
      return "The residual is money that the institution counts but does not list as holdings, or prices differently.";
  }
}

/** List the connections from which nothing new can come. They bring no update, so the banner does not repeat them. */
export const endedNotes = (connections: readonly Connection[]): string[] =>
  connections
    .filter(hasAccessEnded)
    .map((connection) =>
      connection.status_reason === "not_stored"
        ? `${connectionName(connection)} was not connected: our storage failed at that moment.`
        : `Access to ${connectionName(connection)} has ended, so nothing new comes from it.`,
    );
