import { useQuery } from "@tanstack/react-query";
import { tidingsQueries, useHoldings, usePendingUpdates, useTidingsClient } from "@tidings/react";
import { useConnections } from "@tidings/react/connections";
import { freezeClock } from "../support/clock.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

function usePaidStatus() {
  return useQuery({ ...tidingsQueries(useTidingsClient()).paidRefresh(), enabled: true });
}

test.each<[string, () => unknown]>([
  ["holdings", () => useHoldings()],
  ["connections", () => useConnections()],
  ["pending updates", () => usePendingUpdates()],
  ["a paid refresh", usePaidStatus],
])("a page that is left gives up its request of %s", async (_what, useIt) => {
  freezeClock();
  const signals: (AbortSignal | null | undefined)[] = [];
  const fetchNothing: typeof fetch = (_input, init) => {
    signals.push(init?.signal);
    return new Promise<Response>(() => undefined);
  };
  const { unmount } = renderHookInTab(useIt, { fetch: fetchNothing });
  await advanceTime(0);
  expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
  unmount();
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
});

test("a page that is left no longer listens for whether it can be seen", () => {
  const added = vi.spyOn(document, "addEventListener");
  const removed = vi.spyOn(document, "removeEventListener");
  const { unmount } = renderHookInTab(() => usePendingUpdates());
  const listeners = (calls: readonly unknown[][]) =>
    calls.flatMap(([type, listener]) => (type === "visibilitychange" ? [listener] : []));
  expect(listeners(added.mock.calls)).not.toEqual([]);
  unmount();
  expect(listeners(removed.mock.calls)).toEqual(listeners(added.mock.calls));
});
