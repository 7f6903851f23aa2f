import { useQuery } from "@tanstack/react-query";
import { useEffect, useReducer } from "react";
import { PROVIDERS } from "../client/providers.js";
import type { ByProvider, ProviderName, ProviderPending } from "../client/types.js";
import { tidingsQueries } from "../queries/queries.js";
import { useTidingsClient } from "./provider.js";
import type { Cooldown } from "./types.js";

/** The seconds until each provider may be asked again. All components count from the same instants, which the cache holds. */
export function useCooldown(): Cooldown {
  const client = useTidingsClient();
  const { pending, lastRefresh } = tidingsQueries(client);
  const polled = useQuery({ ...pending(), refetchInterval: false, refetchOnWindowFocus: false });
  const last = useQuery(lastRefresh());

  const until = (name: ProviderName): number => {
    const outcome = last.dataUpdatedAt >= polled.dataUpdatedAt ? last.data?.outcomes[name] : undefined;
    if (outcome?.status === "cooling_down") return outcome.until.getTime();
    const told = polled.data?.providers[name]?.refresh_available_at;
    return told ? Date.parse(told) - client.clockOffset() : 0;
  };
  const [plaid = 0, snaptrade = 0] = useSecondsUntil(PROVIDERS.map(until));
  const left = { plaid, snaptrade };
  return {
    ...(plaid && { plaid }),
    ...(snaptrade && { snaptrade }),
    seconds: untilAnyMayBeAsked(left, polled.data?.providers ?? {}),
  };
}

function untilAnyMayBeAsked(left: Record<ProviderName, number>, providers: ByProvider<ProviderPending>): number {
  const connected = PROVIDERS.filter((name) => isConnected(providers[name]) || left[name] > 0);
  return connected.length === 0 ? 0 : Math.min(...connected.map((name) => left[name]));
}

/** A connection begins with news, or is found by its first refresh. */
const isConnected = (told: ProviderPending | undefined) =>
  told !== undefined && (told.generation > 0 || told.last_refreshed_at !== null);

/** Whole seconds left until each instant, counted down to 0. */
function useSecondsUntil(instants: readonly number[]): number[] {
  const [, tick] = useReducer((count: number) => count + 1, 0);
  const now = Date.now();
  const left = instants.map((instant) => Math.max(0, instant - now));
  const running = left.filter((one) => one > 0);
  const next = running.length === 0 ? 0 : Math.min(...running.map((one) => one % 1000 || 1000));
  useEffect(() => {
    if (next === 0) return undefined;
    const timer = setTimeout(tick, next);
    return () => clearTimeout(timer);
  });
  return left.map((one) => Math.ceil(one / 1000));
}
