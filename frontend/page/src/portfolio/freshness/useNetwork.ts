import { ApiError, NetworkError, useHoldings, usePendingUpdates } from "@tidings/react";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Network } from "./describeFreshness.ts";

/** One failed poll may be a lost packet. */
const FAILURES_OF_AN_OUTAGE = 2;
/** Sign-in has a page of its own, and a 429 ends by itself. */
const SHOWN_ELSEWHERE = [401, 429];

interface Seen {
  isOnline: boolean;
  /** The error of the last poll, and how many have failed in a row. */
  pollError: Error | null;
  failedPolls: number;
  /** The error of the last attempt to load the portfolio. */
  loadError: Error | null;
}

/** Decide whether the page can reach the API. */
export function judgeNetwork({ isOnline, pollError, failedPolls, loadError }: Seen): Network {
  if (!isOnline) return "offline";
  const poll = pollError && judgeError(pollError);
  if (loadError && judgeError(loadError) !== "online") return judgeError(loadError);
  if (poll === "unreachable" && failedPolls < FAILURES_OF_AN_OUTAGE) return "online";
  return poll ?? "online";
}

function judgeError(error: Error): Network {
  if (error instanceof NetworkError) return error.reason === "offline" ? "offline" : "unreachable";
  if (!(error instanceof ApiError)) return "failing";
  if (SHOWN_ELSEWHERE.includes(error.status)) return "online";
  return error.status >= 500 ? "unreachable" : "failing";
}

export interface NetworkState {
  network: Network;
  retry: () => void;
  /** Whether the user's attempt is running. The poll's own attempts are not shown. */
  isRetrying: boolean;
}

/** Watch whether the API can be reached. Once it can be again, load what could not be loaded before. */
export function useNetwork(): NetworkState {
  const { error: loadError, refetch: reload } = useHoldings();
  const { error: pollError, failedPolls, refetch, dataUpdatedAt } = usePendingUpdates();
  const isOnline = useSyncExternalStore(subscribeToConnectivity, isDeviceOnline);
  const hasLoadError = loadError !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each poll that is answered is a sign that loading works
  useEffect(() => {
    if (hasLoadError) void reload();
  }, [dataUpdatedAt]);
  const [isRetrying, setRetrying] = useState(false);
  const retry = async () => {
    if (isRetrying) return;
    setRetrying(true);
    await Promise.all([refetch(), hasLoadError && reload()]);
    setRetrying(false);
  };
  return {
    network: judgeNetwork({ isOnline, pollError, failedPolls, loadError }),
    retry: () => void retry(),
    isRetrying,
  };
}

const isDeviceOnline = () => navigator.onLine;

function subscribeToConnectivity(notify: () => void): () => void {
  window.addEventListener("online", notify);
  window.addEventListener("offline", notify);
  return () => {
    window.removeEventListener("online", notify);
    window.removeEventListener("offline", notify);
  };
}
