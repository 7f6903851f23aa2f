import { act } from "@testing-library/react";
import { stopClock } from "../support/clock.js";
import { click, news, pending, polled, REFRESH, START, until, useAll } from "../support/refreshing.js";
import { answers, replay } from "../support/server.js";
import { elapse, inTab } from "../support/tab.js";

beforeEach(() => {
  stopClock();
  answers("get", "/holdings", replay("holdings-nothing-fetched"));
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
    await passed(() => vi.waitFor(() => expect(readAgain).toHaveBeenCalled(), 60_000));
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
