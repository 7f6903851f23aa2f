import type { ProviderName, TidingsClient } from "../client/types.js";

const clientIds = new WeakMap<TidingsClient, number>();
let lastId = 0;

/** Number the clients: keys differ by client, so that one user never sees another user's cached data. */
function getClientId(client: TidingsClient): number {
  const id = clientIds.get(client) ?? ++lastId;
  clientIds.set(client, id);
  return id;
}

export function createQueryKeys(client: TidingsClient) {
  const all = ["tidings", getClientId(client)] as const;
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
