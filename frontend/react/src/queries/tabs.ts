import type { QueryClient } from "@tanstack/react-query";
import type { TidingsClient } from "../client/types.js";
import { keysOf } from "./keys.js";
import { sharedBy } from "./shared.js";

/** Read again what is shown when another tab has changed something. Returns how to stop. */
export function listenToOtherTabs(queryClient: QueryClient, client: TidingsClient): () => void {
  if (typeof BroadcastChannel === "undefined") return () => undefined;
  const shared = sharedBy(queryClient, client);
  const channel = new BroadcastChannel(`tidings ${client.baseUrl}`);
  shared.channel = channel;
  channel.onmessage = () => void readAgain(queryClient, client);
  return () => {
    channel.close();
    if (shared.channel === channel) delete shared.channel;
  };
}

/** A channel does not hear itself, so this tab reads nothing twice. */
export const tellOtherTabs = (queryClient: QueryClient, client: TidingsClient): void =>
  sharedBy(queryClient, client).channel?.postMessage("changed");

/** Read all again, here and in the other tabs. */
export function changed(queryClient: QueryClient, client: TidingsClient): Promise<void> {
  tellOtherTabs(queryClient, client);
  return readAgain(queryClient, client);
}

const readAgain = (queryClient: QueryClient, client: TidingsClient) =>
  queryClient.invalidateQueries({ queryKey: keysOf(client).all });
