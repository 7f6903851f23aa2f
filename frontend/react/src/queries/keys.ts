import type { ProviderName, TidingsClient } from "../client/types.js";
import { getSharedState } from "./sharedState.js";

export function createQueryKeys(client: TidingsClient) {
  const all = ["tidings", getSharedState(client).id] as const;
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
