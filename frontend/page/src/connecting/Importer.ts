import type { Connection, ProviderName, RefreshResult } from "@tidings/react";
import { describeRefresh } from "@tidings/react/intents";
import { localization } from "../locales/texts.ts";
import { type ImportEnd, importHoldings, isNeverFetched, TRIED_AGAIN_AFTER_S } from "./importHoldings.ts";
import { holdLock } from "./lock.ts";
import type { Returned } from "./useReturn.ts";

export type ImportPhase = { kind: "importing" | "preparing" } | { kind: "failed"; reason: string };

export interface ImportHost {
  lockName: string;
  refresh: () => Promise<RefreshResult>;
  fetchConnections: () => Promise<Connection[]>;
  onPhase: (phase: ImportPhase | null) => void;
  /** Called with the connections that were imported or repaired. */
  onImported: (connections: Connection[]) => void;
  onReturnHandled: () => void;
}

/** `expected`: the ids of what is imported, also of a connection that is not listed yet. `found`: those listed. */
interface Import {
  expected: Set<string>;
  found: Connection[];
  signal: AbortSignal;
}

/**
 * Imports the holdings of a provider's connections that were never fetched, one import at a time. After the last try,
 * each update of such a connection is fetched once.
 */
export class Importer {
  #host: ImportHost;
  readonly #provider: ProviderName;
  #controller = new AbortController();
  #isRunning = false;
  #isRetried = false;
  #wasExhausted = false;
  /** The connections without holdings, as of the last try. */
  #tried = "";
  /** The return whose import was started. An effect of an earlier render may still bring it after the import. */
  #handled: Returned | null = null;

  constructor(provider: ProviderName, host: ImportHost) {
    this.#provider = provider;
    this.#host = host;
  }

  /** Use the current render's functions. */
  setHost(host: ImportHost): void {
    this.#host = host;
  }

  /** Make `check` work again after `stop`: React mounts twice in StrictMode. */
  start(): void {
    this.#controller = new AbortController();
    this.#isRunning = false;
    this.#tried = "";
    this.#handled = null;
  }

  stop(): void {
    this.#controller.abort();
  }

  /** Let the next `check` import again. */
  retry(): void {
    this.#isRetried = true;
    this.#wasExhausted = false;
  }

  /** Start an import if the user has just returned, or if a connection without holdings is new or has an update. */
  check(connections: readonly Connection[], latest: Returned | null): void {
    if (this.#isRunning || this.#controller.signal.aborted) return;
    const returned = latest === this.#handled ? null : latest;
    const waiting = this.#describeWaiting(connections);
    const isRequested = returned !== null || this.#isRetried;
    if (!isRequested && waiting === this.#tried) return;
    this.#isRetried = false;
    this.#tried = waiting;
    if (!isRequested && waiting === "") {
      // Another tab has imported, or the user has disconnected.
      this.#wasExhausted = false;
      this.#host.onPhase(null);
      return;
    }
    this.#isRunning = true;
    this.#handled = latest;
    if (!this.#wasExhausted) this.#host.onPhase({ kind: "importing" });
    const expected = new Set(this.#neverFetched(connections).map((one) => one.source_id));
    if (returned?.sourceId) expected.add(returned.sourceId);
    void this.#run({ expected, found: [], signal: this.#controller.signal }, returned, isRequested);
  }

  async #run(job: Import, returned: Returned | null, isRequested: boolean): Promise<void> {
    const { signal } = job;
    let phase: ImportPhase | null;
    try {
      const end = await holdLock(this.#host.lockName, signal, () => this.#import(job, returned, isRequested));
      if (end.kind === "imported") this.#host.onImported(job.found);
      this.#wasExhausted = end.kind === "preparing";
      phase = toPhase(end);
    } catch (error) {
      phase = { kind: "failed", reason: describeRefresh(error as Error, localization).message };
    }
    if (signal.aborted) return;
    this.#isRunning = false;
    if (returned) this.#host.onReturnHandled();
    this.#host.onPhase(phase);
  }

  async #import(job: Import, returned: Returned | null, isRequested: boolean): Promise<ImportEnd> {
    if (job.signal.aborted) return { kind: "stopped" };
    // Another tab may have imported while this one waited for the lock. A repaired connection has its old holdings.
    const isNew = returned !== null && returned.sourceId !== null && !returned.isRepaired;
    if ((isNew || !isRequested) && !(await this.#isIncomplete(job))) return { kind: isNew ? "imported" : "stopped" };
    return importHoldings({
      provider: this.#provider,
      delays: this.#wasExhausted ? [] : TRIED_AGAIN_AFTER_S,
      signal: job.signal,
      refresh: () => this.#host.refresh(),
      isIncomplete: () => this.#isIncomplete(job),
      onPreparing: () => this.#host.onPhase({ kind: "preparing" }),
    });
  }

  async #isIncomplete(job: Import): Promise<boolean> {
    const connections = await this.#host.fetchConnections();
    for (const one of this.#neverFetched(connections)) job.expected.add(one.source_id);
    job.found = connections.filter((one) => job.expected.has(one.source_id));
    this.#tried = this.#describeWaiting(connections);
    return this.#tried !== "" || job.found.length < job.expected.size;
  }

  #neverFetched(connections: readonly Connection[]): Connection[] {
    return connections.filter((one) => one.provider === this.#provider && isNeverFetched(one));
  }

  /** Name the connections without holdings with their last updates: another text is a reason to try again. */
  #describeWaiting(connections: readonly Connection[]): string {
    return this.#neverFetched(connections)
      .map((one) => `${one.source_id} ${one.last_update_at}`)
      .sort()
      .join();
  }
}

function toPhase(end: ImportEnd): ImportPhase | null {
  if (end.kind === "failed") return { kind: "failed", reason: describeRefresh(end.result, localization).message };
  return end.kind === "preparing" ? { kind: "preparing" } : null;
}
