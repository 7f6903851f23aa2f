import { act } from "@testing-library/react";
import { HttpResponse } from "msw";
// The package loads this only once a poll offers live updates. Load it before, since loading takes real time.
import "../../src/live/startLiveUpdates.js";
import { loadRecording, stubRoute } from "./server.js";
import { advanceTime } from "./tab.js";
import { lastSocket } from "./webSockets.js";

export const MINUTE = 60_000;
export const PENDING = "/pending-updates";

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

export async function setVisibility(state: DocumentVisibilityState) {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  await act(async () => void document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
}

/** Let the newest connection be confirmed, and its poll run. */
export async function confirmLast(connectionTimeoutMs?: unknown) {
  await act(async () => lastSocket().confirm(connectionTimeoutMs));
  await advanceTime(0);
}
