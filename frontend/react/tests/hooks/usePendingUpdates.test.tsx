import { focusManager } from "@tanstack/react-query";
import { act } from "@testing-library/react";
import { usePaidRefresh, usePendingUpdates } from "@tidings/react";
import { HttpResponse } from "msw";
import { stopClock } from "../support/clock.js";
import { answers, recorded, replay } from "../support/server.js";
import { elapse, inTab, tab, watch } from "../support/tab.js";

const PENDING = "/pending-updates";
const MINUTE = 60_000;

beforeEach(() => stopClock());
afterEach(() => focusManager.setFocused(undefined));

test("tells which provider has news, and nothing before it knows", async () => {
  const { body } = recorded("pending-news");
  body.providers.snaptrade.has_pending_updates = false;
  answers("get", PENDING, HttpResponse.json(body));
  const { seen } = inTab(usePendingUpdates);
  expect(seen.now).toMatchObject({ hasPendingUpdates: false, plaidPending: false, isLoading: true, byProvider: {} });
  await elapse(0);
  expect(seen.now).toMatchObject({
    hasPendingUpdates: true,
    plaidPending: true,
    snaptradePending: false,
    reconnectRequired: false,
    isLoading: false,
    error: null,
    byProvider: body.providers,
  });
});

test("tells that somebody has to connect again", async () => {
  answers("get", PENDING, replay("pending-reconnect"));
  const { seen } = inTab(usePendingUpdates);
  await elapse(0);
  expect(seen.now.reconnectRequired).toBe(true);
});

test("asks every five minutes, give or take a tenth, in background too", async () => {
  focusManager.setFocused(false);
  const requests = answers("get", PENDING, replay("pending-news"));
  inTab(usePendingUpdates);
  await elapse(0);
  for (const count of [1, 2, 3]) {
    expect(requests).toHaveLength(count);
    await elapse(4.5 * MINUTE - 1);
    expect(requests).toHaveLength(count);
    await elapse(MINUTE + 1);
    expect(requests).toHaveLength(count + 1);
    await elapse(0);
  }
});

test("does not ask at the same distance each time, nor in every browser", async () => {
  const distances = new Set<number>();
  for (let start = 0; start < 5; start++) {
    vi.setSystemTime(Date.parse("2026-03-01T12:00:00Z") + start * 1_234);
    const requests = answers("get", PENDING, replay("pending-news"));
    const { unmount } = inTab(usePendingUpdates);
    await elapse(0);
    const began = Date.now();
    while (requests.length < 2) await elapse(1_000);
    distances.add(Math.round((Date.now() - began) / 1_000));
    unmount();
  }
  expect(distances.size).toBeGreaterThan(2);
});

test("goes on asking while something beside it renders every second", async () => {
  const requests = answers("get", PENDING, replay("pending-news"));
  const { seen, shown } = watch(usePendingUpdates);
  const { show } = tab(shown());
  for (let second = 0; second < 331; second++) {
    await act(() => vi.advanceTimersByTimeAsync(1_000));
    show(shown());
  }
  await elapse(0);
  expect(seen.renders).toBeGreaterThan(300);
  expect(requests).toHaveLength(2);
});

test("asks once for two components, also when they came at different times", async () => {
  const requests = answers("get", PENDING, replay("pending-news"));
  const [one, two] = [watch(usePendingUpdates), watch(usePendingUpdates)];
  const { show } = tab(<div key="one">{one.shown()}</div>);
  await elapse(5_000);
  show([<div key="one">{one.shown()}</div>, <div key="two">{two.shown()}</div>]);
  await elapse(0);
  expect(requests).toHaveLength(1);
  expect(two.seen.now.byProvider).toBe(one.seen.now.byProvider);
  for (let cycle = 0; cycle < 3; cycle++) await elapse(5.5 * MINUTE);
  expect(requests.length).toBeLessThanOrEqual(4);
});

test("asks when the window is looked at again", async () => {
  const requests = answers("get", PENDING, replay("pending-news"), replay("pending-after-refresh"));
  const { seen } = inTab(usePendingUpdates);
  await elapse(MINUTE);
  await act(async () => {
    focusManager.setFocused(false);
    focusManager.setFocused(true);
  });
  await elapse(0);
  expect(requests).toHaveLength(2);
  expect(seen.now.hasPendingUpdates).toBe(false);
});

test("stays as it was on a 304, down to its identity", async () => {
  const { etag } = recorded("pending-news").headers;
  answers(
    "get",
    PENDING,
    replay("pending-news"),
    () => new HttpResponse(null, { status: 304, headers: { etag: etag as string } }),
  );
  const { seen } = inTab(usePendingUpdates);
  await elapse(0);
  const before = seen.now.byProvider;
  await act(async () => void seen.now.refetch());
  await elapse(0);
  expect(seen.now.byProvider).toBe(before);
});

test("keeps what it knew when a poll fails, and goes on", async () => {
  const requests = answers(
    "get",
    PENDING,
    replay("pending-news"),
    replay("unauthenticated"),
    replay("pending-after-refresh"),
  );
  const { seen } = inTab(usePendingUpdates);
  await elapse(0);
  await elapse(5.5 * MINUTE);
  expect(seen.now).toMatchObject({ hasPendingUpdates: true, error: { status: 401 } });
  await elapse(5.5 * MINUTE);
  expect(requests).toHaveLength(3);
  expect(seen.now).toMatchObject({ hasPendingUpdates: false, error: null });
});

test("asks sooner while a paid refresh runs, and no longer than that", async () => {
  const idle = recorded("paid-idle").body.providers;
  const pulling = { ...idle, plaid: { ...idle.plaid, status: "pulling" } };
  const arrived = { ...idle, plaid: { ...idle.plaid, status: "arrived" } };
  const polls = answers("get", PENDING, replay("pending-after-refresh"));
  answers(
    "post",
    "/holdings/refresh",
    HttpResponse.json({ status_url: "/holdings/refresh", providers: pulling }, { status: 202 }),
  );
  const looks = answers(
    "get",
    "/holdings/refresh",
    HttpResponse.json({ providers: pulling }),
    HttpResponse.json({ providers: arrived }),
  );
  const { seen } = inTab(() => ({ pending: usePendingUpdates(), paid: usePaidRefresh() }));
  await elapse(MINUTE);
  expect([polls.length, looks.length]).toEqual([1, 0]);

  await act(async () => void seen.now.paid.start({ plaid: true }));
  await elapse(0);
  expect(seen.now.paid.isRunning).toBe(true);
  const before = polls.length;
  await elapse(10_000);
  expect(polls.length).toBe(before + 1);
  await elapse(10_001);
  expect(seen.now.paid).toMatchObject({ isRunning: false, providers: { plaid: { status: "arrived" } } });
  const after = [polls.length, looks.length];
  await elapse(MINUTE);
  expect([polls.length, looks.length]).toEqual(after);
});
