import {
  type ByProvider,
  type Connection,
  hasAccessEnded,
  needsReconnect,
  type Portfolio,
  type ProviderPending,
} from "@tidings/react";

/**
 * What keeps the page from knowing the newest state. `failing`: the server responds, but with an error that no retry
 * repairs.
 */
export type Network = "online" | "offline" | "unreachable" | "failing";

/** How a connection stands, in order of weight: the first that applies counts. */
export const CONNECTION_STATES = [
  "sign_in",
  "ended",
  "failed",
  "not_loaded",
  "new_data",
  "unknown",
  "current",
] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

export interface ConnectionFreshness {
  connection: Connection;
  state: ConnectionState;
  /** Why the last refresh failed: a problem's slug. */
  error: string | null;
  asOf: string | null;
}

export interface Freshness {
  /** The weightiest state of a connection; null without connections. */
  state: ConnectionState | null;
  network: Network;
  connections: readonly ConnectionFreshness[];
  /** The connections of that state. */
  concerned: readonly Connection[];
  current: number;
  /** The date of the oldest data shown; null before the first fetch. */
  asOf: string | null;
  /** Whether the total contains data that no refresh renews until something is repaired. */
  isPartlyOld: boolean;
  notes: readonly string[];
}

const OLD: readonly ConnectionState[] = ["sign_in", "ended", "failed"];
/** No failures: the data is a moment old, newer data was not requested, or the connection's own status says so. */
const HARMLESS = ["cooling-down", "not-asked", "reconnect-required", "gone"];

/**
 * Decide what the page says about the age of its data. A connection that needs the user outranks everything; what is
 * not known is never called up to date.
 */
export function describeFreshness(
  portfolio: Portfolio,
  connections: readonly Connection[],
  pending: ByProvider<ProviderPending>,
  network: Network,
): Freshness {
  const described = connections.map((connection): ConnectionFreshness => {
    const { provider, source_id: id } = connection;
    const outcome = portfolio.metadata.providers[provider]?.sources[id];
    const error = outcome?.error && !HARMLESS.includes(outcome.error) ? outcome.error : null;
    const isFresh = outcome?.status === "fresh";
    // The poll may know of a repair since the portfolio was loaded.
    const isBroken = outcome?.status === "reconnect_required" && pending[provider]?.reconnect_required !== false;
    const siblings = connections.filter((other) => other.provider === provider);
    const update = network === "online" ? findUpdate(connection, siblings, pending[provider], isFresh) : "unknown";
    const state = connectionState(connection, { isBroken, error, update });
    return { connection, state, error, asOf: outcome?.as_of ?? connection.last_fetched_at };
  });
  const state = CONNECTION_STATES.find((name) => described.some((one) => one.state === name)) ?? null;
  return {
    state,
    network,
    connections: described,
    concerned: described.filter((one) => one.state === state).map(({ connection }) => connection),
    current: described.filter((one) => one.state === "current").length,
    asOf: portfolio.metadata.last_updated,
    isPartlyOld: described.some((one) => one.asOf !== null && OLD.includes(one.state)),
    notes: portfolio.metadata.warnings,
  };
}

interface Facts {
  isBroken: boolean;
  error: string | null;
  update: "new_data" | "unknown" | "current";
}

function connectionState(connection: Connection, { isBroken, error, update }: Facts): ConnectionState {
  if (hasAccessEnded(connection)) return "ended";
  if (needsReconnect(connection) || isBroken) return "sign_in";
  const isLoaded = connection.last_fetched_at !== null;
  if (error !== null && (isLoaded || error !== "provider-not-ready")) return "failed";
  return isLoaded ? update : "not_loaded";
}

/** Find out whether there is newer data. The poll knows it by provider; the list of connections says which of them. */
function findUpdate(
  connection: Connection,
  siblings: readonly Connection[],
  pending: ProviderPending | undefined,
  isFresh: boolean,
): Facts["update"] {
  if (pending?.has_pending_updates) {
    const isListed = siblings.some((sibling) => sibling.pending);
    if (connection.pending || !isListed) return "new_data";
    return "current";
  }
  return isFresh || (pending !== undefined && !pending.state_unknown) ? "current" : "unknown";
}
