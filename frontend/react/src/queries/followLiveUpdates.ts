import type { QueryClient } from "@tanstack/react-query";
import { isSignedOut } from "../client/errors.js";
import type { PendingUpdates, TidingsClient } from "../client/types.js";
import type { LiveUpdates } from "../live/startLiveUpdates.js";
import { createQueryKeys } from "./keys.js";
import { getSharedState } from "./sharedState.js";

/**
 * Follow the server's live updates while the poll offers them. Returns the function that stops this. The connection's
 * code is loaded only then: most of it would be idle without live updates. If it can't be loaded, the polls go on.
 */
export function followLiveUpdates(queryClient: QueryClient, client: TidingsClient): () => void {
  const queryKey = createQueryKeys(client).pending;
  let running: AbortController | undefined;
  const stop = () => {
    running?.abort();
    running = undefined;
  };
  const update = () => {
    const { data, error } = queryClient.getQueryState<PendingUpdates>(queryKey) ?? {};
    if (!data?.live || isSignedOut(error)) return stop();
    running ??= start({ queryClient, client, queryKey, shared: getSharedState(client) });
  };
  update();
  const unsubscribe = queryClient.getQueryCache().subscribe(update);
  return () => {
    unsubscribe();
    stop();
  };
}

function start(updates: LiveUpdates): AbortController {
  const stopping = new AbortController();
  import("../live/startLiveUpdates.js").then(
    ({ startLiveUpdates }) => startLiveUpdates(updates, stopping.signal),
    () => undefined,
  );
  return stopping;
}
