import { NetworkError } from "./errors.js";
import { isOffline } from "./networkReason.js";
import type { ProviderName, TidingsClient } from "./types.js";

export const ROOTS: Record<ProviderName, string> = { plaid: "/plaid", snaptrade: "/api/snaptrade" };

/** The calls that a page does not need to show holdings. Their code and their checks load after the first render. */
export const LATER_CALLS = [
  "refreshHoldings",
  "refreshPlaidHoldings",
  "refreshSnapTradeHoldings",
  "getHistory",
  "getChanges",
  "createLiveTicket",
  "startPaidRefresh",
  "getPaidRefresh",
  "getConnections",
  "getInstitutions",
  "createPlaidConnectionUrl",
  "completePlaidConnection",
  "exchangePlaidPublicToken",
  "createSnapTradeConnectionUrl",
  "deletePlaidItem",
  "deleteSnapTradeConnection",
  "deleteAllConnections",
] as const satisfies readonly (keyof TidingsClient)[];

export type LaterCalls = Pick<TidingsClient, (typeof LATER_CALLS)[number]>;

/** Load the code of the calls. Raises `NetworkError` if it can't be loaded. */
export const loadLaterCalls = (): Promise<typeof import("./laterCalls.js")> =>
  import("./laterCalls.js").catch((error: unknown) => {
    throw new NetworkError(error, isOffline() ? "offline" : "unreachable");
  });
