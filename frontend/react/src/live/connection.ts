import type { ApiError } from "../client/errors.js";
import type { CallOptions, LiveTicket } from "../client/types.js";
import { runSubscription } from "./subscription.js";

type LiveTicketSource = (options: CallOptions) => Promise<LiveTicket>;

const SECOND_MS = 1_000;
const LONGEST_BACKOFF_MS = 60 * SECOND_MS;
/** A connection that ends sooner counts as a failure, so that a server that only accepts gets no storm of attempts. */
const STABLE_MS = 60 * SECOND_MS;
/** Renew within 54 to 60 min, so that tabs opened at the same moment do not renew in step. */
const RENEW_MS = 3_600 * SECOND_MS;
const RENEW_SPREAD = 0.1;
/** After as many failures in a row, the poll alone is cheaper than more attempts. */
const FAILURES_BEFORE_REST = 10;
const REST_MS = 1_800 * SECOND_MS;

export interface ConnectionHandlers {
  /** Called with true once the subscription is confirmed, and with false when it has ended. */
  onOpenChange: (isOpen: boolean) => void;
  onNudge: () => void;
}

/**
 * Keep one subscription open until `signal` aborts: with a new ticket for each connection, renewed every 60 min.
 * Returns early if no attempt can succeed: the user is signed out (401), or the deployment has no live updates (404).
 */
export async function keepSubscribed(
  requestTicket: LiveTicketSource,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    let retryAfterMs = 0;
    try {
      const openMs = await connectOnce(await requestTicket({ signal }), handlers, signal);
      failures = openMs < STABLE_MS ? failures + 1 : 0;
    } catch (error) {
      const { status, retryAfter } = error as Partial<ApiError>;
      if (status === 401) handlers.onNudge(); // The poll finds the user signed out too, and the page says so.
      if (status === 401 || status === 404) return;
      failures++;
      retryAfterMs = (retryAfter ?? 0) * SECOND_MS;
    }
    await pause(Math.max(retryAfterMs, backoffMs(failures)), signal);
  }
}

/** Compute the wait after a number of failures in a row: full jitter between 1 s and a limit that doubles up to 60 s. */
function backoffMs(failures: number): number {
  if (failures >= FAILURES_BEFORE_REST) return REST_MS;
  const limit = Math.min(LONGEST_BACKOFF_MS, 2 * SECOND_MS * 2 ** failures);
  return SECOND_MS + Math.random() * (limit - SECOND_MS);
}

/** Wait, or until `signal` aborts. */
const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });

/** Run one connection. Returns for how long it was open. */
async function connectOnce(
  ticket: LiveTicket,
  { onOpenChange, onNudge }: ConnectionHandlers,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  let openedAt: number | undefined;
  const onOpen = () => {
    openedAt = Date.now();
    onOpenChange(true);
  };
  const longestMs = RENEW_MS * (1 - RENEW_SPREAD * Math.random());
  await runSubscription(ticket, longestMs, { onOpen, onNudge }, signal);
  if (openedAt === undefined) return 0;
  onOpenChange(false);
  return Date.now() - openedAt;
}
