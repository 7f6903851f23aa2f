import type { Query, QueryClient } from "@tanstack/react-query";
import type { TidingsClient } from "../client/types.js";
import { keepSubscribed } from "./connection.js";

/*
 * The modules of this folder are loaded apart, when a poll offers live updates. They import none of the package's other
 * modules, which a bundler would move out of the host's entry into a third file.
 */

/** A page that is hidden for less keeps its connection: people switch tabs back and forth. */
const HIDDEN_MS = 10_000;
const POLL_DISTANCE_MS = 1_000;

export interface LiveUpdates {
  queryClient: QueryClient;
  client: TidingsClient;
  /** The key of the pending poll. */
  queryKey: readonly unknown[];
  /** Tells whether the server reaches the page. */
  shared: { isLive?: boolean };
}

/** The `TidingsProvider`s of one client in one query cache share a connection, until the last of them has gone. */
const followers = new WeakMap<Query, { count: number; stopping: AbortController }>();

/** Follow the server's live updates until `signal` aborts. */
export function startLiveUpdates(updates: LiveUpdates, signal: AbortSignal): void {
  const query = findQuery(updates);
  if (signal.aborted || !query) return;
  const shared = followers.get(query) ?? { count: 0, stopping: new AbortController() };
  followers.set(query, shared);
  shared.count++;
  signal.addEventListener("abort", () => {
    if (--shared.count > 0) return;
    followers.delete(query);
    shared.stopping.abort();
  });
  if (shared.count === 1) pollOnNudge(updates, shared.stopping.signal);
}

const findQuery = ({ queryClient, queryKey }: LiveUpdates) => queryClient.getQueryCache().find({ queryKey });

/**
 * Poll whenever the server says that something has changed. Only a page that can be seen has a connection. Each new one
 * polls too, for what happened before it was open.
 */
function pollOnNudge(updates: LiveUpdates, signal: AbortSignal): void {
  const { queryClient, client, queryKey, shared } = updates;
  const poll = limitRate(() => void queryClient.invalidateQueries({ queryKey }), signal);
  const onOpenChange = (isOpen: boolean) => {
    shared.isLive = isOpen;
    findQuery(updates)?.setState({}); // Nothing changes, but the observers choose their interval anew.
    if (isOpen) poll();
  };
  whileVisible((shown) => {
    void keepSubscribed(client.createLiveTicket, { onOpenChange, onNudge: poll }, shown);
  }, signal);
}

/** Run an action at most once a second. The last call is never lost: it runs when the second is over. */
function limitRate(action: () => void, signal: AbortSignal): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDue = false;
  const run = () => {
    isDue = false;
    action();
    timer = setTimeout(() => {
      timer = undefined;
      if (isDue) run();
    }, POLL_DISTANCE_MS);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    isDue = true;
    if (timer === undefined) run();
  };
}

/** Start while the page can be seen. The signal passed to `start` aborts 10 s after the page was hidden. */
function whileVisible(start: (shown: AbortSignal) => void, signal: AbortSignal): void {
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    running?.abort();
    running = undefined;
  };
  const update = () => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") timer = setTimeout(stop, HIDDEN_MS);
    else if (!running) {
      running = new AbortController();
      start(running.signal);
    }
  };
  document.addEventListener("visibilitychange", update);
  signal.addEventListener("abort", () => {
    document.removeEventListener("visibilitychange", update);
    clearTimeout(timer);
    stop();
  });
  update();
}
