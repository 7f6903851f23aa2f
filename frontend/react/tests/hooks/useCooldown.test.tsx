import { act } from "@testing-library/react";
import { useRefreshHoldings } from "@tidings/react";
import { stopClock } from "../support/clock.js";
import { click, news, pending, polled, REFRESH, START, until, useAll } from "../support/refreshing.js";
import { answers, problem, replay } from "../support/server.js";
import { elapse, inTab, tab, watch } from "../support/tab.js";

beforeEach(() => {
  stopClock();
  answers("get", "/holdings", replay("holdings-nothing-fetched"));
});

describe("the cooldown", () => {
  test("after a 429 counts down in whole seconds, and ends", async () => {
    polled(pending({}), pending(until(42), until(42)), pending({}));
    answers("post", REFRESH, problem(429, "cooling-down", { retry_after: 42 }));
    const { seen } = inTab(useAll);
    await elapse(0);
    expect(seen.now.refreshing.cooldown).toEqual({ seconds: 0 });
    await click(seen);
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

  test("is what the server says when the page is loaded", async () => {
    polled(pending(until(17.5), until(5)));
    const { seen } = inTab(useAll);
    await elapse(0);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 18, snaptrade: 5, seconds: 5 });
    await elapse(500);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 17, snaptrade: 5, seconds: 5 });
    await elapse(4_500);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 13, seconds: 0 });
  });

  test("after a refresh is the server's too", async () => {
    polled(pending(news), pending(until(60)));
    answers("post", REFRESH, replay("refresh-plaid-alone"));
    const { seen } = inTab(useAll);
    await elapse(0);
    await click(seen, { plaid: true });
    expect(seen.now.refreshing.cooldown).toMatchObject({ plaid: 60, seconds: 0 });
  });

  test("is known by the answer alone while the poll fails", async () => {
    polled(pending({}), problem(401, "unauthenticated"));
    answers("post", REFRESH, replay("refresh-plaid-waits"));
    const { seen } = inTab(useAll);
    await elapse(0);
    await click(seen);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 60, seconds: 0 });
    expect(seen.now.refreshing.outcomes.plaid).toMatchObject({
      status: "cooling_down",
      until: new Date(START + 60_000),
    });
  });

  test("counts no provider that is not connected", async () => {
    polled(pending(until(30), { generation: 0, last_refreshed_at: null }));
    const { seen } = inTab(useAll);
    await elapse(0);
    expect(seen.now.refreshing.cooldown).toEqual({ plaid: 30, seconds: 30 });
  });

  test("is right on a machine whose clock is not", async () => {
    const answer = pending(until(330));
    answer.headers.set("date", "Sun, 01 Mar 2026 12:05:00 GMT");
    polled(answer);
    const { seen } = inTab(useAll);
    await elapse(0);
    expect(seen.now.refreshing.cooldown.plaid).toBe(30);
  });

  test("is the same in two components", async () => {
    polled(pending(until(10), until(10)));
    const [one, two] = [watch(useRefreshHoldings), watch(useRefreshHoldings)];
    const { show } = tab(<div key="1">{one.shown()}</div>);
    await elapse(3_300);
    show([<div key="1">{one.shown()}</div>, <div key="2">{two.shown()}</div>]);
    for (let step = 0; step < 70; step++) {
      await act(() => vi.advanceTimersByTimeAsync(100));
      expect(two.seen.now.cooldown).toEqual(one.seen.now.cooldown);
    }
    expect(one.seen.now.cooldown.seconds).toBe(0);
  });
});
