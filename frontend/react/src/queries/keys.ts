import type { ProviderName, TidingsClient } from "../client/types.js";

const known = new WeakMap<TidingsClient, number>();
let last = 0;

/** Each client has keys of its own: another user's client in the same cache never finds what this one's left there. */
function idOf(client: TidingsClient): number {
  const id = known.get(client) ?? ++last;
  known.set(client, id);
  return id;
}

export function keysOf(client: TidingsClient) {
  const all = ["tidings", idOf(client)] as const;
  return {
    all,
    allHoldings: [...all, "holdings"],
    holdings: (provider?: ProviderName) => [...all, "holdings", provider ?? "merged"],
    pending: [...all, "pending"],
    connections: [...all, "connections"],
    paidRefresh: [...all, "paid-refresh"],
    refresh: [...all, "refresh"],
    lastRefresh: [...all, "last-refresh"],
  } as const;
}
