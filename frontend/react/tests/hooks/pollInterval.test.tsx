import { focusManager } from "@tanstack/react-query";
import { act } from "@testing-library/react";
import { usePendingUpdates } from "@tidings/react";
import { usePaidRefresh } from "@tidings/react/paid";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { MINUTE, PENDING } from "../support/polling.js";
import { loadRecording, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, observeHook, renderHookInTab, renderTab } from "../support/tab.js";

beforeEach(() => freezeClock());
afterEach(() => focusManager.setFocused(undefined));

test("the poll runs every 5 min ± 10 %, in the background too", async () => {
  focusManager.setFocused(false);
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  for (const count of [1, 2, 3]) {
    expect(requests).toHaveLength(count);
    await advanceTime(4.5 * MINUTE - 1);
    expect(requests).toHaveLength(count);
    await advanceTime(MINUTE + 1);
    expect(requests).toHaveLength(count + 1);
    await advanceTime(0);
  }
});

test("the poll interval differs between browsers", async () => {
  const distances = new Set<number>();
  for (let start = 0; start < 5; start++) {
    vi.setSystemTime(Date.parse("2026-03-01T12:00:00Z") + start * 1_234);
    const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
    const { unmount } = renderHookInTab(usePendingUpdates);
    await advanceTime(0);
    const began = Date.now();
    while (requests.length < 2) await advanceTime(1_000);
    distances.add(Math.round((Date.now() - began) / 1_000));
    unmount();
  }
  expect(distances.size).toBeGreaterThan(2);
});

test("the poll continues while the tab renders every second", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  const { seen, shown } = observeHook(usePendingUpdates);
  const { show } = renderTab(shown());
  for (let second = 0; second < 331; second++) {
    await act(() => vi.advanceTimersByTimeAsync(1_000));
    show(shown());
  }
  await advanceTime(0);
  expect(seen.renders).toBeGreaterThan(300);
  expect(requests).toHaveLength(2);
});

test("the poll runs when the window gets the focus", async () => {
  const requests = stubRoute(
    "get",
    PENDING,
    recordedResponse("pending-update"),
    recordedResponse("pending-after-refresh"),
  );
  const { seen } = renderHookInTab(usePendingUpdates);
  await advanceTime(MINUTE);
  await act(async () => {
    focusManager.setFocused(false);
    focusManager.setFocused(true);
  });
  await advanceTime(0);
  expect(requests).toHaveLength(2);
  expect(seen.now.hasPendingUpdates).toBe(false);
});

test("the poll runs more often only during a paid refresh, in the background too", async () => {
  const idle = loadRecording("paid-idle").body.providers;
  const pulling = { ...idle, plaid: { ...idle.plaid, status: "pulling" } };
  const arrived = { ...idle, plaid: { ...idle.plaid, status: "arrived" } };
  const polls = stubRoute("get", PENDING, recordedResponse("pending-after-refresh"));
  stubRoute(
    "post",
    "/holdings/refresh",
    HttpResponse.json({ status_url: "/holdings/refresh", providers: pulling }, { status: 202 }),
  );
  const statusRequests = stubRoute(
    "get",
    "/holdings/refresh",
    HttpResponse.json({ providers: pulling }),
    HttpResponse.json({ providers: arrived }),
  );
  const { seen } = renderHookInTab(() => ({ pending: usePendingUpdates(), paid: usePaidRefresh() }));
  await advanceTime(MINUTE);
  expect([polls.length, statusRequests.length]).toEqual([1, 0]);

  await act(async () => void seen.now.paid.start({ plaid: true }));
  await advanceTime(0);
  expect(seen.now.paid.isRunning).toBe(true);
  focusManager.setFocused(false);
  const before = polls.length;
  await advanceTime(9_999);
  expect(polls).toHaveLength(before);
  await advanceTime(1);
  expect(polls).toHaveLength(before + 1);
  await advanceTime(10_001);
  expect(seen.now.paid).toMatchObject({ isRunning: false, providers: { plaid: { status: "arrived" } } });
  const after = [polls.length, statusRequests.length];
  await advanceTime(MINUTE);
  expect([polls.length, statusRequests.length]).toEqual(after);
});
