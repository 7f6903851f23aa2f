import { act } from "@testing-library/react";
import { usePendingUpdates } from "@tidings/react";
import { HttpResponse } from "msw";
import { PENDING } from "./polling.js";
import { loadRecording, stubRoute } from "./server.js";
import { advanceTime, renderHookInTab } from "./tab.js";
import { lastSocket } from "./webSockets.js";

/** A poll's response with the given fields; its providers have an update. */
export const pendingWith = (fields: object) => () =>
  HttpResponse.json({ ...loadRecording("pending-update").body, ...fields });
export const livePoll = pendingWith({ live: true });

export const ticketNumbered = (number: number) => ({
  ticket: `ticket-${number}`,
  channel: `/updates/${"0".repeat(40)}`,
  websocket_url: "wss://live.example/event/realtime",
  http_host: "live-http.example",
  expires_at: "2026-03-01T12:05:00Z",
});

/** Stub the ticket's route. Each response has another ticket. Returns the received requests. */
export function stubTickets(): Request[] {
  let number = 0;
  return stubRoute("post", "/live-ticket", () => HttpResponse.json(ticketNumbered(++number)));
}

/** Render a tab whose poll offers live updates. */
export async function startTab() {
  const polls = stubRoute("get", PENDING, livePoll);
  const tab = renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  return { ...tab, polls };
}

/** Let the newest connection be confirmed, and its poll run. */
export async function confirmLast(connectionTimeoutMs?: unknown) {
  await act(async () => lastSocket().confirm(connectionTimeoutMs));
  await advanceTime(0);
}
