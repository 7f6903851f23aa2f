import { focusManager, onlineManager, useQuery } from "@tanstack/react-query";
import { act } from "@testing-library/react";
import { tidingsQueries, usePendingUpdates, useTidingsClient } from "@tidings/react";
import { usePaidRefresh } from "@tidings/react/paid";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { loadRecording, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, observeHook, renderHookInTab, renderTab } from "../support/tab.js";

const PENDING = "/pending-updates";
const MINUTE = 60_000;

beforeEach(() => freezeClock());
afterEach(() => focusManager.setFocused(undefined));

const setVisibility = async (state: DocumentVisibilityState) => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  await act(async () => void document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
};
afterEach(() => setVisibility("visible"));

test("the provider with an update is reported after the first response", async () => {
  const { body } = loadRecording("pending-update");
  body.providers.snaptrade.has_pending_updates = false;
  stubRoute("get", PENDING, HttpResponse.json(body));
  const { seen } = renderHookInTab(usePendingUpdates);
  expect(seen.now).toMatchObject({ hasPendingUpdates: false, plaidPending: false, isLoading: true, byProvider: {} });
  await advanceTime(0);
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

test("reconnectRequired is true if a provider needs a reconnect", async () => {
  stubRoute("get", PENDING, recordedResponse("pending-reconnect"));
  const { seen } = renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  expect(seen.now.reconnectRequired).toBe(true);
});

const unknownState = () => {
  const { body } = loadRecording("pending-update");
  const nothing = { has_pending_updates: false, generation: 0, last_refreshed_at: null, state_unknown: true };
  const providers = Object.fromEntries(
    Object.entries(body.providers).map(([name, known]) => [name, { ...(known as object), ...nothing }]),
  );
  return HttpResponse.json({ has_pending_updates: false, providers, state_unknown: true });
};

test("a state that can't be read now changes nothing that is known", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"), unknownState);
  const holdings = stubRoute("get", "/holdings", recordedResponse("holdings"));
  const { seen } = renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  const known = seen.now.byProvider;
  await advanceTime(6 * MINUTE);
  expect(requests).toHaveLength(2);
  expect(seen.now).toMatchObject({ hasPendingUpdates: true, error: null });
  expect(seen.now.byProvider).toBe(known);
  expect(holdings).toHaveLength(0);
});

test("a state that could never be read says so by provider", async () => {
  stubRoute("get", PENDING, unknownState);
  const { seen } = renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  expect(seen.now.byProvider.plaid?.state_unknown).toBe(true);
});

test("a hidden page polls every 30 min ± 10 %", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(usePendingUpdates);
  await advanceTime(4 * MINUTE);
  await setVisibility("hidden");
  let waited = 0;
  const intervals: number[] = [];
  while (intervals.length < 4) {
    const polled = requests.length;
    await advanceTime(MINUTE);
    waited++;
    if (requests.length > polled) {
      intervals.push(waited);
      waited = 0;
    }
  }
  expect(Math.min(...intervals)).toBeGreaterThanOrEqual(27);
  expect(Math.max(...intervals)).toBeLessThanOrEqual(34);
});

test("a page polls no more once it has been hidden for a day", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  await setVisibility("hidden");
  for (let minute = 0; minute < 24 * 60; minute += 10) await advanceTime(10 * MINUTE);
  expect(requests.length).toBeGreaterThan((24 * 60) / 33 - 1);
  const polled = requests.length;
  for (let minute = 0; minute < 24 * 60; minute += 10) await advanceTime(10 * MINUTE);
  expect(requests).toHaveLength(polled);
});

test.each([10, 26 * 60])("a page hidden for %i minutes polls at once when shown, then every 5 min", async (minutes) => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  await setVisibility("hidden");
  for (let minute = 0; minute < minutes; minute += 10) await advanceTime(10 * MINUTE);
  const polled = requests.length;
  await setVisibility("visible");
  await advanceTime(0);
  expect(requests).toHaveLength(polled + 1);
  await advanceTime(5.5 * MINUTE);
  expect(requests).toHaveLength(polled + 2);
});

test("a page that is hidden again starts its day anew", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(usePendingUpdates);
  await setVisibility("hidden");
  for (let hour = 0; hour < 23; hour++) for (let half = 0; half < 2; half++) await advanceTime(30 * MINUTE);
  await setVisibility("visible");
  await advanceTime(MINUTE);
  await setVisibility("hidden");
  const polled = requests.length;
  for (let hour = 0; hour < 4; hour++) for (let half = 0; half < 2; half++) await advanceTime(30 * MINUTE);
  expect(requests.length).toBeGreaterThan(polled + 5);
});

function useOwnInterval() {
  return useQuery({ ...tidingsQueries(useTidingsClient()).pending(), refetchInterval: MINUTE });
}

test("a host's own interval wins, hidden or not", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(useOwnInterval);
  await advanceTime(0);
  await setVisibility("hidden");
  for (let minute = 0; minute < 10; minute++) await advanceTime(MINUTE);
  expect(requests).toHaveLength(11);
});

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

test("two components share one poll, also if mounted at different times", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  const [one, two] = [observeHook(usePendingUpdates), observeHook(usePendingUpdates)];
  const { show } = renderTab(<div key="one">{one.shown()}</div>);
  await advanceTime(5_000);
  show([<div key="one">{one.shown()}</div>, <div key="two">{two.shown()}</div>]);
  await advanceTime(0);
  expect(requests).toHaveLength(1);
  expect(two.seen.now.byProvider).toBe(one.seen.now.byProvider);
  for (let cycle = 0; cycle < 3; cycle++) await advanceTime(5.5 * MINUTE);
  expect(requests.length).toBeLessThanOrEqual(4);
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

test("the data keeps its identity on a 304", async () => {
  const { etag } = loadRecording("pending-update").headers;
  stubRoute(
    "get",
    PENDING,
    recordedResponse("pending-update"),
    () => new HttpResponse(null, { status: 304, headers: { etag: etag as string } }),
  );
  const { seen } = renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  const before = seen.now.byProvider;
  await act(async () => void seen.now.refetch());
  await advanceTime(0);
  expect(seen.now.byProvider).toBe(before);
});

test("the data stays when a poll fails, and polling continues", async () => {
  const requests = stubRoute(
    "get",
    PENDING,
    recordedResponse("pending-update"),
    recordedResponse("unauthenticated"),
    recordedResponse("pending-after-refresh"),
  );
  const { seen } = renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  await advanceTime(5.5 * MINUTE);
  expect(seen.now).toMatchObject({ hasPendingUpdates: true, error: { status: 401 } });
  await advanceTime(5.5 * MINUTE);
  expect(requests).toHaveLength(3);
  expect(seen.now).toMatchObject({ hasPendingUpdates: false, error: null });
});

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

test("the poll runs more often only during a paid refresh", async () => {
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
  const before = polls.length;
  await advanceTime(10_000);
  expect(polls.length).toBe(before + 1);
  await advanceTime(10_001);
  expect(seen.now.paid).toMatchObject({ isRunning: false, providers: { plaid: { status: "arrived" } } });
  const after = [polls.length, statusRequests.length];
  await advanceTime(MINUTE);
  expect([polls.length, statusRequests.length]).toEqual(after);
});
