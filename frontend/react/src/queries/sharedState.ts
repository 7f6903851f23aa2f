import type { RefreshResult, TidingsClient } from "../client/types.js";

/** What the components of one client share outside of the query cache. */
interface SharedState {
  /** Keys differ by it, so that one user never sees another user's cached data. */
  id: number;
  /** The running refreshes, by their options. */
  running: Map<string, Promise<RefreshResult>>;
  /** How many polls have failed since the last one that the server answered. */
  failedPolls: number;
  /** Whether the server tells this tab of changes. Then the poll is only the safety net. */
  isLive?: boolean;
  /** The channel to the other tabs. Absent without a `TidingsProvider`. */
  channel?: BroadcastChannel;
  /** The providers' `last_refreshed_at` of the last poll, as JSON. "" after a refresh of this tab. */
  lastRefreshes?: string;
}

const states = new WeakMap<TidingsClient, SharedState>();
let lastId = 0;

export function getSharedState(client: TidingsClient): SharedState {
  const state = states.get(client) ?? { id: ++lastId, running: new Map(), failedPolls: 0 };
  states.set(client, state);
  return state;
}
