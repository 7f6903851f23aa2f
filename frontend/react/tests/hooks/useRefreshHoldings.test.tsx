import { QueryClient } from "@tanstack/react-query";
import { act } from "@testing-library/react";
import { createClient, tidingsQueries } from "@tidings/react";
import { HttpResponse } from "msw";
import { pass, stopClock } from "../support/clock.js";
import { click, news, pending, polled, REFRESH, useAll } from "../support/refreshing.js";
import { answers, BASE, problem, recorded, replay } from "../support/server.js";
import { elapse, inTab, tab, watch } from "../support/tab.js";

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

test("what another client left in the cache is not found", async () => {
  const queryClient = new QueryClient();
  const [mine, theirs] = [createClient({ baseUrl: BASE }), createClient({ baseUrl: BASE })];
  queryClient.setQueryData(tidingsQueries(theirs).keys.holdings(), "theirs");
  expect(queryClient.getQueryData(tidingsQueries(mine).keys.holdings())).toBeUndefined();
  expect(tidingsQueries(mine).keys.pending).toEqual(tidingsQueries(mine).keys.pending);
  await pass(0);
});
