import { onlineManager } from "@tanstack/react-query";
import { act } from "@testing-library/react";
import { usePendingUpdates } from "@tidings/react";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { MINUTE, PENDING, setVisibility } from "../support/polling.js";
import { recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

beforeEach(() => freezeClock());
afterEach(() => setVisibility("visible"));

/** Like a component, read what is shown while rendering: only that renders it again. */
function useFailures() {
  const { failedPolls, hasPendingUpdates, refetch } = usePendingUpdates();
  return { failedPolls, hasPendingUpdates, refetch };
}

describe("an outage", () => {
  const SECOND = 1_000;
  /** What TanStack Query takes from a response to its rendering. */
  const RENDERED = 1;
  const down = () => HttpResponse.json({ message: "Service Unavailable" }, { status: 503, headers: LONG_WAIT });
  const LONG_WAIT = { "retry-after": "9" }; // so that the client itself does not retry
  test("a failed poll is repeated after 10, 20 and 40 s, and the second failure is an outage", async () => {
    const requests = stubRoute("get", PENDING, recordedResponse("pending-update"), down);
    const { seen } = renderHookInTab(useFailures);
    await advanceTime(0);
    await act(async () => void seen.now.refetch());
    await advanceTime(0);
    expect(seen.now).toMatchObject({ failedPolls: 1, hasPendingUpdates: true });
    for (const [seconds, failed] of [
      [10, 2],
      [20, 3],
      [40, 4],
    ] as const) {
      await advanceTime((seconds - 1) * SECOND);
      expect(requests).toHaveLength(failed);
      await advanceTime(SECOND);
      await advanceTime(RENDERED);
      expect(requests).toHaveLength(failed + 1);
      expect(seen.now).toMatchObject({ failedPolls: failed, hasPendingUpdates: true });
    }
  });

  test("a 500 is an outage too", async () => {
    const requests = stubRoute("get", PENDING, () => HttpResponse.json({}, { status: 500, headers: LONG_WAIT }));
    renderHookInTab(useFailures);
    await advanceTime(0);
    await advanceTime(10 * SECOND);
    expect(requests).toHaveLength(2);
  });

  test("a poll that was cancelled has not failed", async () => {
    const response = () => (requests.length > 1 ? down() : new Promise<Response>(() => undefined));
    const requests: Request[] = stubRoute("get", PENDING, response);
    const { seen, queryClient } = renderHookInTab(useFailures);
    await advanceTime(0);
    await act(() => queryClient.cancelQueries());
    await act(async () => void seen.now.refetch());
    await advanceTime(1);
    expect(requests).toHaveLength(2);
    expect(seen.now.failedPolls).toBe(1);
  });

  test("a response ends the outage, and the poll is as rare as before", async () => {
    const recovered = recordedResponse("pending-after-refresh");
    const requests = stubRoute("get", PENDING, recordedResponse("pending-update"), down, down, recovered);
    const { seen } = renderHookInTab(useFailures);
    await advanceTime(0);
    await act(async () => void seen.now.refetch());
    await advanceTime(0);
    for (const seconds of [10, 20]) {
      await advanceTime(seconds * SECOND);
      await advanceTime(RENDERED);
    }
    expect(seen.now).toMatchObject({ failedPolls: 0, hasPendingUpdates: false });
    await advanceTime(4 * MINUTE);
    expect(requests).toHaveLength(4);
  });

  test("the interval never grows beyond the usual one", async () => {
    const requests = stubRoute("get", PENDING, recordedResponse("pending-update"), down);
    const { seen } = renderHookInTab(useFailures);
    await advanceTime(0);
    await act(async () => void seen.now.refetch());
    await advanceTime(0);
    for (let half = 0; half < 60; half++) await advanceTime(30 * SECOND);
    expect(requests.length).toBeGreaterThanOrEqual(10);
    expect(requests.length).toBeLessThanOrEqual(14);
  });

  test.each([
    ["a 429", () => HttpResponse.json({ message: "Too Many Requests" }, { status: 429 })],
    ["a 401", recordedResponse("unauthenticated")],
    ["a Retry-After of two minutes", () => HttpResponse.json({}, { status: 503, headers: { "retry-after": "120" } })],
  ])("after %s the poll is not repeated early", async (_what, response) => {
    const requests = stubRoute("get", PENDING, recordedResponse("pending-update"), response);
    const { seen } = renderHookInTab(useFailures);
    await advanceTime(0);
    await act(async () => void seen.now.refetch());
    await advanceTime(0);
    await advanceTime(119 * SECOND);
    expect(requests).toHaveLength(2);
  });

  test("a hidden page polls no more often than before", async () => {
    const requests = stubRoute("get", PENDING, recordedResponse("pending-update"), down);
    const { seen } = renderHookInTab(useFailures);
    await advanceTime(0);
    await setVisibility("hidden");
    await act(async () => void seen.now.refetch());
    await advanceTime(0);
    await advanceTime(26 * MINUTE);
    expect(requests).toHaveLength(2);
  });

  test("the poll runs at once when the device is online again", async () => {
    const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
    renderHookInTab(useFailures);
    await advanceTime(MINUTE);
    await act(async () => {
      onlineManager.setOnline(false);
      onlineManager.setOnline(true);
    });
    await advanceTime(0);
    expect(requests).toHaveLength(2);
  });
});
