import { act } from "@testing-library/react";
import { usePendingUpdates } from "@tidings/react";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { MINUTE, PENDING } from "../support/polling.js";
import { loadRecording, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, observeHook, renderHookInTab, renderTab } from "../support/tab.js";

beforeEach(() => freezeClock());

test("the provider with an update is reported after the first response", async () => {
  const { body } = loadRecording("pending-update");
  body.providers.snaptrade.has_pending_updates = false;
  stubRoute("get", PENDING, HttpResponse.json(body));
  const { seen } = renderHookInTab(usePendingUpdates);
  expect(seen.now).toMatchObject({
    hasPendingUpdates: false,
    plaidPending: false,
    snaptradePending: false,
    reconnectRequired: false,
    isLoading: true,
    byProvider: {},
  });
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

test("a host that disables the poll gets none", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  const { seen } = renderHookInTab(() => usePendingUpdates({ enabled: false }));
  await advanceTime(6 * MINUTE);
  expect(requests).toHaveLength(0);
  expect(seen.now).toMatchObject({ state: "loading", hasPendingUpdates: false });
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
