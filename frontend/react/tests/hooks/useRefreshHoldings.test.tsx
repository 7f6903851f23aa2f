import { QueryClient } from "@tanstack/react-query";
import { act } from "@testing-library/react";
import { createClient, tidingsQueries, useHoldings, usePendingUpdates, useRefreshHoldings } from "@tidings/react";
import { HttpResponse } from "msw";
import { pass, stopClock } from "../support/clock.js";
import { answers, BASE, problem, recorded, replay } from "../support/server.js";
import { elapse, inTab, tab, watch } from "../support/tab.js";

const REFRESH = "/holdings/refresh";
const START = Date.parse("2026-03-01T12:00:00Z");

/** A poll's answer, with what differs of each provider. */
function pending(plaid: object, snaptrade: object = {}) {
  const { body } = recorded("pending-after-refresh");
  const providers = {
    plaid: { ...body.providers.plaid, refresh_available_at: null, ...plaid },
    snaptrade: { ...body.providers.snaptrade, refresh_available_at: null, ...snaptrade },
  };
  const has_pending_updates = providers.plaid.has_pending_updates || providers.snaptrade.has_pending_updates;
  return HttpResponse.json({ has_pending_updates, providers });
}
const until = (seconds: number) => ({ refresh_available_at: new Date(START + seconds * 1000).toISOString() });
const news = { has_pending_updates: true };
const polled = (...turns: [Response, ...Response[]]) => answers("get", "/pending-updates", ...turns);

const useAll = () => ({ holdings: useHoldings(), pending: usePendingUpdates(), refreshing: useRefreshHoldings() });
type All = ReturnType<typeof useAll>;

async function click(seen: { now: All }, ...args: Parameters<All["refreshing"]["refresh"]>) {
  await act(async () => void seen.now.refreshing.refresh(...args));
  await elapse(0);
}

beforeEach(() => {
  stopClock();
  answers("get", "/holdings", replay("holdings-nothing-fetched"));
});

test("shows what came, and the banner goes when the server says so", async () => {
  const polls = polled(pending(news, news), pending({}, {}));
  answers("post", REFRESH, replay("refresh-fresh"));
  const { seen } = inTab(useAll);
  await elapse(0);
  expect(seen.now.holdings.portfolio?.holdings).toEqual([]);
  expect(seen.now.pending.hasPendingUpdates).toBe(true);
  await click(seen);
  expect(seen.now.holdings.portfolio?.holdings).toHaveLength(4);
  expect(seen.now.pending).toMatchObject({ hasPendingUpdates: false, plaidPending: false });
  expect(seen.now.refreshing.outcomes).toMatchObject({ plaid: { status: "refreshed" } });
  expect(polls).toHaveLength(2);
});

test("the banner stays while the refresh runs, and comes back for news that came meanwhile", async () => {
  polled(pending(news), pending(news));
  let answer: (response: Response) => void = () => undefined;
  const { body } = recorded("refresh-fresh");
  body.holdings.portfolio_metadata.has_pending_updates = true;
  answers(
    "post",
    REFRESH,
    () =>
      new Promise<Response>((resolve) => {
        answer = resolve;
      }),
  );
  const { seen } = inTab(useAll);
  await elapse(0);
  await click(seen);
  expect(seen.now.refreshing.isRefreshing).toBe(true);
  expect(seen.now.pending.hasPendingUpdates).toBe(true);
  answer(HttpResponse.json(body));
  await elapse(1);
  expect(seen.now.refreshing.isRefreshing).toBe(false);
  expect(seen.now.pending.hasPendingUpdates).toBe(true);
});

test.each([true, false])("while the poll fails, the answer's word counts: news left is %s", async (left) => {
  polled(pending(news, news), problem(401, "unauthenticated"));
  const { body } = recorded("refresh-fresh");
  body.holdings.portfolio_metadata.has_pending_updates = left;
  answers("post", REFRESH, HttpResponse.json(body));
  const { seen } = inTab(useAll);
  await elapse(0);
  await click(seen);
  expect(seen.now.pending).toMatchObject({ hasPendingUpdates: left, plaidPending: left, snaptradePending: left });
});

test("the banner stays after a refresh that failed, and so do the holdings", async () => {
  polled(pending(news));
  answers("get", "/holdings", replay("holdings"));
  answers("post", REFRESH, replay("refresh-snaptrade-outage"));
  const { seen } = inTab(useAll);
  await elapse(0);
  const before = seen.now.holdings.portfolio;
  await click(seen);
  expect(seen.now.refreshing.result).toMatchObject({ portfolio: null, status: 502 });
  expect(seen.now.holdings.portfolio).toBe(before);
  expect(seen.now.pending.hasPendingUpdates).toBe(true);
});

test("a host's id and name of the portfolio stay", async () => {
  polled(pending({}));
  answers("post", REFRESH, replay("refresh-fresh"));
  const { seen, queryClient, client } = inTab(useAll);
  await elapse(0);
  const { queryKey } = tidingsQueries(client).holdings();
  queryClient.setQueryData(queryKey, (current) => current && { ...current, id: "p1", name: "Mine" });
  await click(seen);
  expect(seen.now.holdings.portfolio).toMatchObject({ id: "p1", name: "Mine" });
  expect(seen.now.holdings.portfolio?.holdings).toHaveLength(4);
});

describe("one POST", () => {
  test("for two clicks, in one component or in two", async () => {
    polled(pending(news));
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const requests = answers("post", REFRESH, () => held.then(() => replay("refresh-fresh")));
    const [one, two] = [watch(useAll), watch(useAll)];
    tab([<div key="1">{one.shown()}</div>, <div key="2">{two.shown()}</div>]);
    await elapse(0);
    const results: unknown[] = [];
    await act(async () => {
      for (const { seen } of [one, one, two])
        void seen.now.refreshing.refresh({ plaid: true }).then((it) => results.push(it));
    });
    await elapse(1);
    expect([one, two].map(({ seen }) => seen.now.refreshing.isRefreshing)).toEqual([true, true]);
    release();
    await elapse(1);
    expect(requests).toHaveLength(1);
    expect(results).toHaveLength(3);
    expect(new Set(results).size).toBe(1);
    expect(two.seen.now.refreshing.result).toBe(one.seen.now.refreshing.result);
    await click(one.seen, { plaid: true });
    expect(requests).toHaveLength(2);
  });

  test("for each of two different refreshes", async () => {
    polled(pending(news));
    const requests = answers("post", REFRESH, replay("refresh-fresh"));
    const { seen } = inTab(useAll);
    await elapse(0);
    await act(async () => {
      void seen.now.refreshing.refresh({ plaid: true });
      void seen.now.refreshing.refresh({ snaptrade: true });
    });
    await elapse(0);
    expect(await Promise.all(requests.map((request) => request.json()))).toEqual([
      { providers: ["plaid"] },
      { providers: ["snaptrade"] },
    ]);
  });

  test("that is not repeated where no answer came; the next click asks again", async () => {
    polled(pending(news));
    const requests = answers("post", REFRESH, HttpResponse.error(), replay("refresh-fresh"));
    const { seen } = inTab(useAll);
    await elapse(0);
    await click(seen);
    await elapse(60_000);
    expect(requests).toHaveLength(1);
    expect(seen.now.refreshing.outcomes).toMatchObject({ plaid: { status: "failed", error: "network" } });
    await click(seen);
    expect(seen.now.refreshing.outcomes).toMatchObject({ plaid: { status: "refreshed" } });
  });
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

describe("two tabs", () => {
  /** Messages between tabs take real time. */
  const passed = async (arrived: () => unknown) => {
    vi.useRealTimers();
    await act(async () => void (await arrived()));
    stopClock(new Date(START).toISOString());
    await elapse(1);
  };

  test("agree on the numbers, the banner and the cooldown", async () => {
    const polls = polled(pending(news, news), pending(news, news), pending(until(60), until(60)));
    const [one, two] = [inTab(useAll), inTab(useAll)];
    await elapse(0);
    answers("post", REFRESH, replay("refresh-fresh"));
    answers("get", "/holdings", replay("holdings"));
    expect(two.seen.now.pending.hasPendingUpdates).toBe(true);
    const readAgain = vi.spyOn(two.queryClient, "invalidateQueries");
    await click(one.seen);
    await passed(() => vi.waitFor(() => expect(readAgain).toHaveBeenCalled(), 10_000));
    expect(two.seen.now.pending.hasPendingUpdates).toBe(false);
    expect(two.seen.now.holdings.portfolio?.holdings).toHaveLength(4);
    expect(two.seen.now.refreshing.cooldown).toEqual(one.seen.now.refreshing.cooldown);
    expect(two.seen.now.refreshing.cooldown.seconds).toBe(60);
    expect(polls).toHaveLength(4);
  });

  test("hear nothing any more once they are closed", async () => {
    polled(pending({}));
    const [one, two] = [inTab(useAll), inTab(useAll)];
    await elapse(0);
    two.unmount();
    answers("post", REFRESH, replay("refresh-fresh"));
    const invalidated = vi.spyOn(two.queryClient, "invalidateQueries");
    await click(one.seen);
    await passed(() => new Promise((resolve) => setTimeout(resolve, 50)));
    expect(invalidated).not.toHaveBeenCalled();
  });
});

describe("another device", () => {
  const stamp = (at: string) => ({ last_refreshed_at: at });

  test("that refreshed shows in the numbers, not in the banner alone", async () => {
    polled(pending({ ...news, ...stamp("2026-03-01T11:00:00Z") }), pending(stamp("2026-03-01T12:01:00Z")));
    const { seen } = inTab(useAll);
    await elapse(0);
    const reads = answers("get", "/holdings", replay("holdings"));
    await elapse(330_000);
    await elapse(0);
    expect(seen.now.pending.hasPendingUpdates).toBe(false);
    expect(reads).toHaveLength(1);
    expect(seen.now.holdings.portfolio?.holdings).toHaveLength(4);
  });

  test("is not mistaken for this one: a refresh of our own reads nothing again", async () => {
    polled(pending({ ...news, ...stamp("2026-03-01T11:00:00Z") }), pending(stamp("2026-03-01T12:00:00Z")));
    answers("post", REFRESH, replay("refresh-fresh"));
    const { seen } = inTab(useAll);
    await elapse(0);
    const reads = answers("get", "/holdings", replay("holdings"));
    await click(seen);
    await elapse(330_000);
    expect(reads).toHaveLength(0);
  });
});

test("what another client left in the cache is not found", async () => {
  const queryClient = new QueryClient();
  const [mine, theirs] = [createClient({ baseUrl: BASE }), createClient({ baseUrl: BASE })];
  queryClient.setQueryData(tidingsQueries(theirs).keys.holdings(), "theirs");
  expect(queryClient.getQueryData(tidingsQueries(mine).keys.holdings())).toBeUndefined();
  expect(tidingsQueries(mine).keys.pending).toEqual(tidingsQueries(mine).keys.pending);
  await pass(0);
});
