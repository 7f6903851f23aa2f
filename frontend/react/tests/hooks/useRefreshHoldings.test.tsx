import { QueryClient, useMutation } from "@tanstack/react-query";
import { act } from "@testing-library/react";
import { createClient, tidingsQueries, useHoldings } from "@tidings/react";
import { HttpResponse } from "msw";
import { advanceClock, freezeClock } from "../support/clock.js";
import { clickRefresh, pendingResponse, REFRESH, stubPolls, useAll, withUpdate } from "../support/refreshScenario.js";
import { BASE, loadRecording, problemResponse, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, observeHook, renderHookInTab, renderTab } from "../support/tab.js";

beforeEach(() => {
  freezeClock();
  stubRoute("get", "/holdings", recordedResponse("holdings-nothing-fetched"));
});

test("a refresh updates the holdings and clears the pending state", async () => {
  const polls = stubPolls(pendingResponse(withUpdate, withUpdate), pendingResponse({}, {}));
  stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
  const { seen } = renderHookInTab(useAll);
  await advanceTime(0);
  expect(seen.now.holdings.portfolio?.holdings).toEqual([]);
  expect(seen.now.pending.hasPendingUpdates).toBe(true);
  await clickRefresh(seen);
  expect(seen.now.holdings.portfolio?.holdings).toHaveLength(4);
  expect(seen.now.pending).toMatchObject({ hasPendingUpdates: false, plaidPending: false });
  expect(seen.now.refreshing.outcomes).toMatchObject({ plaid: { status: "refreshed" } });
  expect(polls).toHaveLength(2);
});

test("the pending state stays during a refresh, and after it if an update arrived meanwhile", async () => {
  stubPolls(pendingResponse(withUpdate), pendingResponse(withUpdate));
  let answer: (response: Response) => void = () => undefined;
  const { body } = loadRecording("refresh-fresh");
  body.holdings.portfolio_metadata.has_pending_updates = true;
  stubRoute(
    "post",
    REFRESH,
    () =>
      new Promise<Response>((resolve) => {
        answer = resolve;
      }),
  );
  const { seen } = renderHookInTab(useAll);
  await advanceTime(0);
  await clickRefresh(seen);
  expect(seen.now.refreshing.isRefreshing).toBe(true);
  expect(seen.now.pending.hasPendingUpdates).toBe(true);
  answer(HttpResponse.json(body));
  await advanceTime(1);
  expect(seen.now.refreshing.isRefreshing).toBe(false);
  expect(seen.now.pending.hasPendingUpdates).toBe(true);
});

test.each([true, false])("while the poll fails, the refresh response sets the pending state to %s", async (left) => {
  stubPolls(pendingResponse(withUpdate, withUpdate), problemResponse(401, "unauthenticated"));
  const { body } = loadRecording("refresh-fresh");
  body.holdings.portfolio_metadata.has_pending_updates = left;
  stubRoute("post", REFRESH, HttpResponse.json(body));
  const { seen } = renderHookInTab(useAll);
  await advanceTime(0);
  const { byProvider } = seen.now.pending;
  await clickRefresh(seen);
  expect(seen.now.pending).toMatchObject({ hasPendingUpdates: left, plaidPending: left, snaptradePending: left });
  expect(seen.now.pending.byProvider).toEqual({
    plaid: { ...byProvider.plaid, has_pending_updates: left },
    snaptrade: { ...byProvider.snaptrade, has_pending_updates: left },
  });
});

test("a failed refresh changes neither the pending state nor the holdings", async () => {
  stubPolls(pendingResponse(withUpdate));
  stubRoute("get", "/holdings", recordedResponse("holdings"));
  stubRoute("post", REFRESH, recordedResponse("refresh-snaptrade-outage"));
  const { seen } = renderHookInTab(useAll);
  await advanceTime(0);
  const before = seen.now.holdings.portfolio;
  await clickRefresh(seen);
  expect(seen.now.refreshing.result).toMatchObject({ portfolio: null, status: 502 });
  expect(seen.now.holdings.portfolio).toBe(before);
  expect(seen.now.pending.hasPendingUpdates).toBe(true);
});

test("a refresh keeps the host's id and name of the portfolio", async () => {
  stubPolls(pendingResponse({}));
  stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
  const { seen, queryClient, client } = renderHookInTab(useAll);
  await advanceTime(0);
  const { queryKey } = tidingsQueries(client).holdings();
  queryClient.setQueryData(queryKey, (current) => current && { ...current, id: "p1", name: "Mine" });
  await clickRefresh(seen);
  expect(seen.now.holdings.portfolio).toMatchObject({ id: "p1", name: "Mine" });
  expect(seen.now.holdings.portfolio?.holdings).toHaveLength(4);
});

test("an equal result of a second refresh is a new one, which a host can tell apart", async () => {
  stubPolls(pendingResponse({}));
  stubRoute("post", REFRESH, recordedResponse("refresh-nothing-connected"));
  const { seen } = renderHookInTab(useAll);
  await clickRefresh(seen);
  const first = seen.now.refreshing.data;
  let result: unknown;
  await act(async () => void seen.now.refreshing.refresh().then((second) => (result = second)));
  await advanceTime(1);
  expect(seen.now.refreshing.data).toBe(result);
  expect(result).toEqual(first);
  expect(result).not.toBe(first);
});

test("a refresh refetches the holdings of one provider, which its response does not contain", async () => {
  stubPolls(pendingResponse({}));
  const [all, plaid, snaptrade] = ["/holdings", "/plaid/holdings", "/api/snaptrade/holdings"].map((path) =>
    stubRoute("get", path, recordedResponse(path === "/holdings" ? "holdings" : "holdings-plaid")),
  );
  stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
  const { seen } = renderHookInTab(() => ({
    ...useAll(),
    plaid: useHoldings("plaid"),
    snaptrade: useHoldings("snaptrade"),
  }));
  await advanceTime(0);
  const counts = () => [all, plaid, snaptrade].map((requests) => requests?.length);
  expect(counts()).toEqual([1, 1, 1]);
  await clickRefresh(seen);
  expect(counts()).toEqual([1, 2, 2]);
});

test("another mutation of the host is no refresh", async () => {
  stubPolls(pendingResponse({}));
  const { seen } = renderHookInTab(() => ({
    ...useAll(),
    saving: useMutation({ mutationFn: () => new Promise<void>(() => undefined) }),
  }));
  await act(async () => seen.now.saving.mutate());
  await advanceTime(1);
  expect(seen.now.saving.isPending).toBe(true);
  expect(seen.now.refreshing.isPending).toBe(false);
});

describe("the number of POSTs", () => {
  test("concurrent clicks in two components send one POST", async () => {
    stubPolls(pendingResponse(withUpdate));
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const requests = stubRoute("post", REFRESH, () => held.then(() => recordedResponse("refresh-fresh")));
    const [one, two] = [observeHook(useAll), observeHook(useAll)];
    renderTab([<div key="1">{one.shown()}</div>, <div key="2">{two.shown()}</div>]);
    await advanceTime(0);
    const results: unknown[] = [];
    await act(async () => {
      for (const { seen } of [one, one, two])
        void seen.now.refreshing.refresh({ plaid: true }).then((it) => results.push(it));
    });
    await advanceTime(1);
    expect([one, two].map(({ seen }) => seen.now.refreshing.isRefreshing)).toEqual([true, true]);
    release();
    await advanceTime(1);
    expect(requests).toHaveLength(1);
    expect(results).toHaveLength(3);
    expect(new Set(results).size).toBe(1);
    expect(two.seen.now.refreshing.result).toBe(one.seen.now.refreshing.result);
    await clickRefresh(one.seen, { plaid: true });
    expect(requests).toHaveLength(2);
  });

  test("two different refreshes send one POST each", async () => {
    stubPolls(pendingResponse(withUpdate));
    const requests = stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    await act(async () => {
      void seen.now.refreshing.refresh({ plaid: true });
      void seen.now.refreshing.refresh({ snaptrade: true });
    });
    await advanceTime(0);
    expect(await Promise.all(requests.map((request) => request.json()))).toEqual([
      { providers: ["plaid"] },
      { providers: ["snaptrade"] },
    ]);
  });

  test("a POST is not retried after a network error; the next click sends another", async () => {
    stubPolls(pendingResponse(withUpdate));
    const requests = stubRoute("post", REFRESH, HttpResponse.error(), recordedResponse("refresh-fresh"));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    await clickRefresh(seen);
    await advanceTime(60_000);
    expect(requests).toHaveLength(1);
    expect(seen.now.refreshing.outcomes).toMatchObject({ plaid: { status: "failed", error: "network" } });
    await clickRefresh(seen);
    expect(seen.now.refreshing.outcomes).toMatchObject({ plaid: { status: "refreshed" } });
  });
});

test("the cached data of another client is not found", async () => {
  const queryClient = new QueryClient();
  const [mine, theirs] = [createClient({ baseUrl: BASE }), createClient({ baseUrl: BASE })];
  queryClient.setQueryData(tidingsQueries(theirs).keys.holdings(), "theirs");
  expect(queryClient.getQueryData(tidingsQueries(mine).keys.holdings())).toBeUndefined();
  expect(tidingsQueries(mine).keys.pending).toEqual(tidingsQueries(mine).keys.pending);
  await advanceClock(0);
});
