import { act } from "@testing-library/react";
import { createClient } from "@tidings/react";
import { createRefreshHoldingsIntent } from "@tidings/react/intents";
import type { MockInstance } from "vitest";
import { flushResponses, freezeClock } from "../support/clock.js";
import {
  availableIn,
  clickRefresh,
  pendingResponse,
  REFRESH,
  stubPolls,
  useAll,
  withUpdate,
} from "../support/refreshScenario.js";
import { BASE, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

beforeEach(() => {
  freezeClock();
  stubRoute("get", "/holdings", recordedResponse("holdings-nothing-fetched"));
});

describe("two tabs", () => {
  /** Wait until a tab has received the other's message. This takes real time, in which the clock stands still. */
  const messageReceived = async (readAgain: MockInstance) => {
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    while (readAgain.mock.calls.length === 0 && !isOver) await act(() => flushResponses(1));
    await advanceTime(1);
  };

  test("two tabs show the same holdings, banner and cooldown", async () => {
    const polls = stubPolls(
      pendingResponse(withUpdate, withUpdate),
      pendingResponse(withUpdate, withUpdate),
      pendingResponse(availableIn(60), availableIn(60)),
    );
    const [one, two] = [renderHookInTab(useAll), renderHookInTab(useAll)];
    await advanceTime(0);
    stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
    stubRoute("get", "/holdings", recordedResponse("holdings"));
    expect(two.seen.now.pending.hasPendingUpdates).toBe(true);
    const readAgain = vi.spyOn(two.queryClient, "invalidateQueries");
    await clickRefresh(one.seen);
    await messageReceived(readAgain);
    expect(two.seen.now.pending.hasPendingUpdates).toBe(false);
    expect(two.seen.now.holdings.portfolio?.holdings).toHaveLength(4);
    expect(two.seen.now.refreshing.cooldown).toEqual(one.seen.now.refreshing.cooldown);
    expect(two.seen.now.refreshing.cooldown.seconds).toBe(60);
    expect(polls).toHaveLength(4);
  });

  test("a tab of which another user's client takes over hears the other tabs, and they hear it", async () => {
    stubPolls(pendingResponse({}));
    stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
    const [one, two] = [renderHookInTab(useAll), renderHookInTab(useAll)];
    await advanceTime(0);
    for (const { renderAgain } of [one, two]) renderAgain({ client: createClient({ baseUrl: BASE }) });
    await advanceTime(0);
    for (const [sender, receiver] of [
      [one, two],
      [two, one],
    ] as const) {
      const readAgain = vi.spyOn(receiver.queryClient, "invalidateQueries");
      await clickRefresh(sender.seen);
      await messageReceived(readAgain);
      readAgain.mockRestore();
    }
  });

  test("a closed tab receives no messages", async () => {
    stubPolls(pendingResponse({}));
    const [one, two, three] = [renderHookInTab(useAll), renderHookInTab(useAll), renderHookInTab(useAll)];
    await advanceTime(0);
    two.unmount();
    stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
    const [closed, open] = [two, three].map(({ queryClient }) => vi.spyOn(queryClient, "invalidateQueries"));
    await clickRefresh(one.seen);
    await messageReceived(open as MockInstance);
    expect(closed).not.toHaveBeenCalled();
  });
});

test("a refresh by an intent succeeds after the page's components have gone", async () => {
  stubPolls(pendingResponse({}));
  stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
  const { client, queryClient, unmount } = renderHookInTab(useAll);
  await advanceTime(0);
  unmount();
  const refreshing = createRefreshHoldingsIntent(client, queryClient)();
  await advanceTime(0);
  await expect(refreshing).resolves.toMatchObject({ outcomes: { plaid: { status: "refreshed" } } });
});

test("a browser that connects no tabs shows the tab all the same", async () => {
  vi.stubGlobal("BroadcastChannel", undefined);
  stubPolls(pendingResponse(withUpdate));
  stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
  const { seen, unmount } = renderHookInTab(useAll);
  await advanceTime(0);
  await clickRefresh(seen);
  expect(seen.now.refreshing.outcomes.plaid).toMatchObject({ status: "refreshed" });
  unmount();
});

describe("another device", () => {
  const stamp = (at: string) => ({ last_refreshed_at: at });

  test("a refresh on another device refetches the holdings", async () => {
    stubPolls(
      pendingResponse({ ...withUpdate, ...stamp("2026-03-01T11:00:00Z") }),
      pendingResponse(stamp("2026-03-01T12:01:00Z")),
    );
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    const reads = stubRoute("get", "/holdings", recordedResponse("holdings"));
    await advanceTime(330_000);
    await advanceTime(0);
    expect(seen.now.pending.hasPendingUpdates).toBe(false);
    expect(reads).toHaveLength(1);
    expect(seen.now.holdings.portfolio?.holdings).toHaveLength(4);
  });

  test("a refresh of this tab does not refetch the holdings", async () => {
    stubPolls(
      pendingResponse({ ...withUpdate, ...stamp("2026-03-01T11:00:00Z") }),
      pendingResponse(stamp("2026-03-01T12:00:00Z")),
    );
    stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
    const { seen } = renderHookInTab(useAll);
    await advanceTime(0);
    const reads = stubRoute("get", "/holdings", recordedResponse("holdings"));
    await clickRefresh(seen);
    await advanceTime(330_000);
    expect(reads).toHaveLength(0);
  });
});
