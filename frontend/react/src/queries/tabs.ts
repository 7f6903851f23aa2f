import type { QueryClient } from "@tanstack/react-query";
import type { TidingsClient } from "../client/types.js";
import { keysOf } from "./keys.js";

const channels = new WeakMap<QueryClient, Map<TidingsClient, BroadcastChannel>>();

/** Read again what is shown when another tab has changed something. Returns how to stop. */
export function listenToOtherTabs(queryClient: QueryClient, client: TidingsClient): () => void {
  if (typeof BroadcastChannel === "undefined") return () => undefined;
  const channel = new BroadcastChannel(`tidings ${client.baseUrl}`);
  const mine = channels.get(queryClient) ?? new Map<TidingsClient, BroadcastChannel>();
  channels.set(queryClient, mine.set(client, channel));
  channel.onmessage = () => {
    void queryClient.invalidateQueries({ queryKey: keysOf(client).all });
  };
  return () => {
    channel.close();
    if (mine.get(client) === channel) mine.delete(client);
  };
}

/** A channel does not hear itself, so this tab reads nothing twice. */
export function tellOtherTabs(queryClient: QueryClient, client: TidingsClient): void {
  channels.get(queryClient)?.get(client)?.postMessage("changed");
}

/** Read all again, here and in the other tabs. */
export async function changed(queryClient: QueryClient, client: TidingsClient): Promise<void> {
  tellOtherTabs(queryClient, client);
  await queryClient.invalidateQueries({ queryKey: keysOf(client).all });
}
