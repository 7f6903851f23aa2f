import { focusManager } from "@tanstack/react-query";
import { act } from "@testing-library/react";
import { useCooldown, useRefreshHoldings } from "@tidings/react";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import {
  availableIn,
  clickRefresh,
  pendingResponse,
  REFRESH,
  START,
  stubPolls,
  useAll,
  withUpdate,
} from "../support/refreshScenario.js";
import { problemResponse, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, observeHook, renderHookInTab, renderTab } from "../support/tab.js";

beforeEach(() => {
  freezeClock();
  stubRoute("get", "/holdings", recordedResponse("holdings-nothing-fetched"));
});

/** Answer polls without a cooldown; after a refresh, a millisecond later, as given. */
function stubPollAfterRefresh(response: Response) {
  stubRoute("get", "/pending-updates", pendingResponse({}), () => {
    vi.setSystemTime(START + 1);
    return response.clone();
  });
}

describe("the cooldown", () => {
  test("the cooldown after a 429 counts down in whole seconds to 0", async () => {
    stubPolls(pendingResponse({}), pendingResponse(availableIn(42), availableIn(42)), pendingResponse({}));
    stubRoute("post", REFRESH, problemResponse(429, "cooling-down", { retry_after: 42 }));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    expect(seen.now.refreshing.cooldown).toEqual({ seconds: 0 });
    await clickRefresh(seen);
    expect(seen.now.refreshing.result).toMatchObject({ status: 429, error: { retryAfter: 42 } });
    const shown = new Set<number>();
    for (let second = 0; second < 42; second++) {
      shown.add(seen.now.refreshing.cooldown.seconds);
      await act(() => vi.advanceTimersByTimeAsync(1_000));
    }
    expect([...shown]).toEqual(Array.from({ length: 42 }, (_, index) => 42 - index));
    expect(seen.now.refreshing.cooldown).toEqual({ seconds: 0 });
    const renders = seen.renders;
    await act(() => vi.advanceTimersByTimeAsync(10_000));
    expect(seen.renders).toBe(renders);
  });

  test("a later poll without a cooldown ends the one that a 429 of the API named", async () => {
    stubPollAfterRefresh(pendingResponse({}));
    stubRoute("post", REFRESH, problemResponse(429, "cooling-down", { retry_after: 42 }));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    await clickRefresh(seen);
    expect(seen.now.refreshing.cooldown).toEqual({ seconds: 0 });
  });

  test.each([
    [{}, 60],
    [availableIn(90), 90],
  ])("the wait after a gateway's 429 outlives a later poll, of %o", async (state, seconds) => {
    stubPollAfterRefresh(pendingResponse(state, state));
    stubRoute("post", REFRESH, HttpResponse.json({ message: "Too Many Requests" }, { status: 429 }));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    await clickRefresh(seen);
    expect(seen.now.refreshing.cooldown.seconds).toBe(seconds);
    await advanceTime(10_000);
    expect(seen.now.refreshing.cooldown.seconds).toBe(seconds - 10);
  });

  test("the cooldown after a page load comes from the server", async () => {
    stubPolls(pendingResponse(availableIn(17.5), availableIn(5)));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 18, snaptrade: 5, seconds: 5 });
    await advanceTime(500);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 17, snaptrade: 5, seconds: 5 });
    await advanceTime(4_500);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 13, seconds: 0 });
  });

  test("a clock ten minutes slow does not lengthen the cooldown", async () => {
    const date = new Date(START + 600_000).toUTCString();
    stubPolls(pendingResponse(availableIn(660), undefined, { date }));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    expect(seen.now.refreshing.cooldown).toMatchObject({ plaid: 60 });
  });

  test("the cooldown after a refresh comes from the server", async () => {
    stubPolls(pendingResponse(withUpdate), pendingResponse(availableIn(60)));
    stubRoute("post", REFRESH, recordedResponse("refresh-plaid-alone"));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    await clickRefresh(seen, { plaid: true });
    expect(seen.now.refreshing.cooldown).toMatchObject({ plaid: 60, seconds: 0 });
  });

  test("the cooldown comes from the refresh response while the poll fails", async () => {
    stubPolls(pendingResponse({}), problemResponse(401, "unauthenticated"));
    stubRoute("post", REFRESH, recordedResponse("refresh-plaid-waits"));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    await clickRefresh(seen);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 60, seconds: 0 });
    expect(seen.now.refreshing.outcomes.plaid).toMatchObject({
      status: "cooling_down",
      until: new Date(START + 60_000),
    });
  });

  test("the cooldown of a refresh that clears the pending state is newer than the poll before it", async () => {
    stubPolls(pendingResponse(withUpdate), problemResponse(401, "unauthenticated"));
    stubRoute("post", REFRESH, recordedResponse("refresh-plaid-waits"));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    let readings = 0; // The clock goes on between any two of them.
    vi.spyOn(Date, "now").mockImplementation(() => START + ++readings);
    await clickRefresh(seen);
    expect(seen.now.pending.hasPendingUpdates).toBe(false);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 60, seconds: 0 });
  });

  test("a provider that is not connected is not counted", async () => {
    stubPolls(pendingResponse(availableIn(30), { generation: 0, last_refreshed_at: null }));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 30, seconds: 30 });
  });

  test.each([
    ["nothing is connected", {}, {}, 0],
    ["only a first webhook has come", { generation: 1 }, availableIn(30), 0],
    ["only a first refresh was made", { last_refreshed_at: "2026-03-01T11:59:30Z" }, availableIn(30), 0],
    ["it alone cools down", availableIn(20), availableIn(30), 20],
  ])("any provider can be refreshed in so many seconds if %s", async (_what, plaid, snaptrade, seconds) => {
    const unknown = { generation: 0, last_refreshed_at: null };
    stubPolls(pendingResponse({ ...unknown, ...plaid }, { ...unknown, ...snaptrade }));
    const { seen } = renderHookInTab(useAll);
    expect(seen.now.refreshing.cooldown).toEqual({ seconds: 0 });
    await advanceTime(0);
    expect(seen.now.refreshing.cooldown.seconds).toBe(seconds);
  });

  test("a provider that the deployment does not have has no cooldown", async () => {
    const { has_pending_updates, providers } = await pendingResponse(availableIn(30)).json();
    stubPolls(HttpResponse.json({ has_pending_updates, providers: { plaid: providers.plaid } }));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 30, seconds: 30 });
  });

  test.each([
    ["of two instants", 30.5, 26, 10],
    ["of one instant", 30, 25, 5],
  ])(
    "a countdown %s renders when a number changes, and leaves one timer however often its host renders",
    async (_what, other, left, count) => {
      stubPolls(pendingResponse(availableIn(30), availableIn(other)));
      const { seen, renderAgain } = renderHookInTab(useCooldown);
      await advanceTime(0);
      const timers = vi.getTimerCount();
      for (let again = 0; again < 5; again++) renderAgain();
      expect(vi.getTimerCount()).toBe(timers);
      const { renders } = seen;
      for (let tenth = 0; tenth < 50; tenth++) await act(() => vi.advanceTimersByTimeAsync(100));
      expect(seen.now).toEqual({ plaid: 25, snaptrade: left, seconds: 25 });
      expect(seen.renders - renders).toBe(count);
    },
  );

  test("a countdown alone polls once, for its first instant", async () => {
    const requests = stubPolls(pendingResponse(availableIn(30)));
    renderHookInTab(useCooldown);
    await advanceTime(60_000);
    await act(async () => {
      focusManager.setFocused(false);
      focusManager.setFocused(true);
      focusManager.setFocused(undefined);
    });
    await advanceTime(600_000);
    expect(requests).toHaveLength(1);
  });

  test("the cooldown is correct on a machine with a wrong clock", async () => {
    const answer = pendingResponse(availableIn(330));
    answer.headers.set("date", "Sun, 01 Mar 2026 12:05:00 GMT");
    stubPolls(answer);
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    expect(seen.now.refreshing.cooldown.plaid).toBe(30);
  });

  test("the cooldown is the same in two components", async () => {
    stubPolls(pendingResponse(availableIn(10), availableIn(10)));
    const [one, two] = [observeHook(useRefreshHoldings), observeHook(useRefreshHoldings)];
    const { show } = renderTab(<div key="1">{one.shown()}</div>);
    await advanceTime(3_300);
    show([<div key="1">{one.shown()}</div>, <div key="2">{two.shown()}</div>]);
    for (let step = 0; step < 70; step++) {
      await act(() => vi.advanceTimersByTimeAsync(100));
      expect(two.seen.now.cooldown).toEqual(one.seen.now.cooldown);
    }
    expect(one.seen.now.cooldown.seconds).toBe(0);
  });
});
