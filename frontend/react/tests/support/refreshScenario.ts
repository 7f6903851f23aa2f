import { act } from "@testing-library/react";
import { useHoldings, usePendingUpdates, useRefreshHoldings } from "@tidings/react";
import { HttpResponse } from "msw";
import { loadRecording, stubRoute } from "./server.js";
import { advanceTime } from "./tab.js";

export const REFRESH = "/holdings/refresh";
export const START = Date.parse("2026-03-01T12:00:00Z");

/** Create a poll response with overrides for each provider. */
export function pendingResponse(plaid: object, snaptrade: object = {}, headers: Record<string, string> = {}) {
  const { body } = loadRecording("pending-after-refresh");
  const providers = {
    plaid: { ...body.providers.plaid, refresh_available_at: null, ...plaid },
    snaptrade: { ...body.providers.snaptrade, refresh_available_at: null, ...snaptrade },
  };
  const has_pending_updates = providers.plaid.has_pending_updates || providers.snaptrade.has_pending_updates;
  return HttpResponse.json({ has_pending_updates, providers }, { headers });
}
export const availableIn = (seconds: number) => ({
  refresh_available_at: new Date(START + seconds * 1000).toISOString(),
});
export const withUpdate = { has_pending_updates: true };
export const stubPolls = (...turns: [Response, ...Response[]]) => stubRoute("get", "/pending-updates", ...turns);

export const useAll = () => ({
  holdings: useHoldings(),
  pending: usePendingUpdates(),
  refreshing: useRefreshHoldings(),
});
type All = ReturnType<typeof useAll>;

export async function clickRefresh(seen: { now: All }, ...args: Parameters<All["refreshing"]["refresh"]>) {
  await act(async () => void seen.now.refreshing.refresh(...args));
  await advanceTime(0);
}
