import {
  type Connection,
  hasAccessEnded,
  needsReconnect,
  type ProviderName,
  type ProviderRefresh,
  type RefreshResult,
} from "@tidings/react";

/** Seconds before each further try, while the broker is preparing the data. */
export const TRIED_AGAIN_AFTER_S: readonly number[] = [5, 10, 20, 40];

/** Whether the holdings of a connection that works were never fetched. */
export const isNeverFetched = (connection: Connection): boolean =>
  connection.last_fetched_at === null &&
  (connection.pending || connection.status_reason === null) &&
  !needsReconnect(connection) &&
  !hasAccessEnded(connection);

const LOOKED_AFTER_S = 5;

export interface ImportJob {
  provider: ProviderName;
  /** Seconds between the tries. */
  delays: readonly number[];
  signal: AbortSignal;
  refresh: () => Promise<RefreshResult>;
  /** Whether a connection is still without holdings, or not listed yet. */
  isIncomplete: () => Promise<boolean>;
  onPreparing: () => void;
}

/** `failed` has the result that says why. `preparing`: the broker was not ready within the tries. */
export type ImportEnd = { kind: "imported" | "preparing" | "stopped" } | { kind: "failed"; result: RefreshResult };

/** Refresh until every connection has holdings. Only a broker that is not ready, or a wait, is tried again. */
export async function importHoldings(job: ImportJob): Promise<ImportEnd> {
  for (const delay of [...job.delays, null]) {
    const result = await job.refresh();
    if (job.signal.aborted) return { kind: "stopped" };
    if (!(await job.isIncomplete())) return { kind: "imported" };
    const outcome = result.outcomes[job.provider];
    if (!mayBecomeReady(outcome)) return { kind: "failed", result };
    if (delay === null) break;
    job.onPreparing();
    const wait = Math.max(delay, outcome?.status === "cooling_down" ? outcome.seconds : 0);
    if (await arrivesWithin(wait, job)) return { kind: "imported" };
    if (job.signal.aborted) return { kind: "stopped" };
  }
  return { kind: "preparing" };
}

/** Wait, and look whether the holdings arrive meanwhile: a page that was reloaded may have started their fetch. */
async function arrivesWithin(seconds: number, job: ImportJob): Promise<boolean> {
  for (let left = seconds; left > 0 && !job.signal.aborted; left -= LOOKED_AFTER_S) {
    await sleep(Math.min(left, LOOKED_AFTER_S), job.signal);
    if (!job.signal.aborted && !(await job.isIncomplete())) return true;
  }
  return false;
}

/** Whether time alone can help. A connection that is not listed yet is `not_connected` or missing in a refresh. */
function mayBecomeReady(outcome: ProviderRefresh | undefined): boolean {
  switch (outcome?.status) {
    case "refreshed":
    case "cooling_down":
    case "not_connected":
      return true;
    case "failed":
      return outcome.error === "provider-not-ready";
    default:
      return false;
  }
}

const sleep = (seconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal.addEventListener("abort", end);
  });
