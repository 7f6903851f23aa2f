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
import { say, texts } from "../locales/texts.ts";

const PROBLEMS: Record<string, string> = texts.problems;

/** Explain a problem slug to the user. */
export const problemLabel = (slug: string | null): string =>
  slug === null ? "" : (PROBLEMS[slug] ?? texts.problems.other);

const { states: STATES, refresh: outcomes, accounts } = texts;

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
  if (pending?.has_pending_updates) return STATES.newer;
  const isUnknown = pending === undefined || pending.state_unknown;
  return isUnknown && state.status !== "fresh" ? STATES.checking : STATES[state.status];
}

/** Describe in one sentence what a refresh did at one provider. */
export function outcomeLabel(provider: ProviderName, outcome: ProviderRefresh): string {
  const name = PROVIDER_NAMES[provider];
  switch (outcome.status) {
    case "refreshed":
      return say(outcome.changed ? outcomes.done : outcomes.doneUnchanged, { name });
    case "cooling_down":
      return say(outcomes.waits, { name, count: outcome.seconds, reason: problemLabel(outcome.error) }).trim();
    case "failed":
      return say(outcomes.failed, { name, reason: problemLabel(outcome.error) });
    case "reconnect_required":
      return say(outcomes.failed, { name, reason: problemLabel("reconnect-required") });
    case "not_connected":
      return say(outcomes.notConnected, { name });
    case "not_configured":
      return say(outcomes.notAvailable, { name });
  }
}

const ACCOUNT_STATUSES: Record<string, string> = accounts.statuses;

/** Say in a word or two what is special about an account. */
export function accountTags({ counted, is_paper: isPaper, status }: AccountTotal): string[] {
  const tag = isPaper ? accounts.paper : counted ? null : accounts.once;
  return [tag, ACCOUNT_STATUSES[status ?? ""]].filter((text) => typeof text === "string");
}

/** Explain the difference between the institution's total and the listed holdings. */
export function residualLabel({ residual_explained_by: explanation }: AccountTotal): string {
  return accounts.residuals[explanation ?? "other"];
}

/** List the connections from which nothing new can come. They bring no update, so the banner does not repeat them. */
export const endedNotes = (connections: readonly Connection[]): string[] =>
  connections
    .filter(hasAccessEnded)
    .map((connection) =>
      connection.status_reason === "not_stored"
        ? say(texts.connections.notStored, { name: connectionName(connection) })
        : say(texts.connections.ended, { name: connectionName(connection) }),
    );
