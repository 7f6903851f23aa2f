"use client";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useReducer } from "react";
import { PROVIDERS } from "../client/providers.js";
import type { ByProvider, ProviderName, ProviderPending } from "../client/types.js";
import { tidingsQueries } from "../queries/queries.js";
import { useTidingsClient } from "./provider.js";
import type { Cooldown } from "./types.js";

/** Count down until each provider can be refreshed again. All components use the same instants from the query cache. */
export function useCooldown(): Cooldown {
  const client = useTidingsClient();
  const { pending, lastRefresh } = tidingsQueries(client);
  const polled = useQuery({ ...pending(), refetchInterval: false, refetchOnWindowFocus: false });
  const last = useQuery(lastRefresh());

  const polledEnd = (name: ProviderName): number => {
    const availableAt = polled.data?.providers[name]?.refresh_available_at;
    return availableAt ? Date.parse(availableAt) - client.clockOffset() : 0;
  };
  const cooldownEnd = (name: ProviderName): number => {
    const outcome = last.data?.outcomes[name];
    if (outcome?.status !== "cooling_down") return polledEnd(name);
    if (last.dataUpdatedAt >= polled.dataUpdatedAt) return outcome.until.getTime();
    // A refusal without a cause is the gateway's own, of which polls do not know.
    return Math.max(polledEnd(name), outcome.error === null ? outcome.until.getTime() : 0);
  };
  const [plaid = 0, snaptrade = 0] = useSecondsUntil(PROVIDERS.map(cooldownEnd));
  const left = { plaid, snaptrade };
  return {
    ...(plaid && { plaid }),
    ...(snaptrade && { snaptrade }),
    seconds: secondsUntilAnyProvider(left, polled.data?.providers ?? {}),
  };
}

function secondsUntilAnyProvider(left: Record<ProviderName, number>, providers: ByProvider<ProviderPending>): number {
  const connected = PROVIDERS.filter((name) => isConnected(providers[name]) || left[name] > 0);
  return connected.length === 0 ? 0 : Math.min(...connected.map((name) => left[name]));
}

/** Whether the provider is connected: its first webhook raises the generation, or its first refresh sets the date. */
const isConnected = (pending: ProviderPending | undefined) =>
  pending !== undefined && (pending.generation > 0 || pending.last_refreshed_at !== null);

/** Count down the whole seconds until each instant, to 0. */
function useSecondsUntil(instants: readonly number[]): number[] {
  const [, tick] = useReducer((count: number) => count + 1, 0);
  const now = Date.now();
  const left = instants.map((instant) => Math.max(0, instant - now));
  const running = left.filter((ms) => ms > 0);
  const next = running.length === 0 ? 0 : Math.min(...running.map((ms) => ms % 1000 || 1000));
  useEffect(() => {
    if (next === 0) return undefined;
    const timer = setTimeout(tick, next);
    return () => clearTimeout(timer);
  });
  return left.map((ms) => Math.ceil(ms / 1000));
}
