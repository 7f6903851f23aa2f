import type { QueryClient } from "@tanstack/react-query";
import type { RefreshResult, TidingsClient } from "../client/types.js";

/** What the components of one client in one cache share beside what the cache holds. */
interface Shared {
  /** The refreshes that run, by what they ask. */
  running: Map<string, Promise<RefreshResult>>;
  /** To the other tabs; none outside of a `TidingsProvider`. */
  channel?: BroadcastChannel;
  /** When the holdings that are shown were refreshed, as the poll says it; "" after a refresh of our own. */
  shown?: string;
}

const all = new WeakMap<QueryClient, WeakMap<TidingsClient, Shared>>();

export function sharedBy(queryClient: QueryClient, client: TidingsClient): Shared {
  const clients = all.get(queryClient) ?? new WeakMap<TidingsClient, Shared>();
  const shared = clients.get(client) ?? { running: new Map() };
  all.set(queryClient, clients.set(client, shared));
  return shared;
}
