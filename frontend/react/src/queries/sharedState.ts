import type { QueryClient } from "@tanstack/react-query";
import type { RefreshResult, TidingsClient } from "../client/types.js";

/** What the components of one client in one query cache share outside of that cache. */
interface SharedState {
  /** The running refreshes, by their options. */
  running: Map<string, Promise<RefreshResult>>;
  /** The channel to the other tabs. Absent without a `TidingsProvider`. */
  channel?: BroadcastChannel;
  /** The providers' `last_refreshed_at` of the last poll, as JSON. "" after a refresh of this tab. */
  lastRefreshes?: string;
}

const states = new WeakMap<QueryClient, WeakMap<TidingsClient, SharedState>>();

export function getSharedState(queryClient: QueryClient, client: TidingsClient): SharedState {
  const byClient = states.get(queryClient) ?? new WeakMap<TidingsClient, SharedState>();
  const state = byClient.get(client) ?? { running: new Map() };
  states.set(queryClient, byClient.set(client, state));
  return state;
}
