import type { ProviderName, TidingsClient } from "../client/types.js";
import { getSharedState } from "./sharedState.js";

export function createQueryKeys(client: TidingsClient) {
  const key = <Parts extends string[]>(...parts: Parts) => ["tidings", getSharedState(client).id, ...parts] as const;
  return {
    all: key(),
    allHoldings: key("holdings"),
    holdings: (provider?: ProviderName) => key("holdings", provider ?? "merged"),
    pending: key("pending"),
    connections: key("connections"),
    paidRefresh: key("paid-refresh"),
    refresh: key("refresh"),
    lastRefresh: key("last-refresh"),
  };
}
