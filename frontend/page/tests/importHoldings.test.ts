import { getEventListeners } from "node:events";
import type { RefreshResult } from "@tidings/react";
import { importHoldings, TRIED_AGAIN_AFTER_S } from "../src/connecting/importHoldings.ts";

test("the waits of an import leave no listener on its signal", async () => {
  vi.useFakeTimers();
  const { signal } = new AbortController();
  const notReady = { portfolio: null, outcomes: { plaid: { status: "not_connected" } } } as unknown as RefreshResult;
  const importing = importHoldings({
    provider: "plaid",
    delays: TRIED_AGAIN_AFTER_S,
    signal,
    refresh: async () => notReady,
    isIncomplete: async () => true,
    onPreparing: () => undefined,
  });
  await vi.advanceTimersByTimeAsync(12_000);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(63_000);
  expect(await importing).toEqual({ kind: "preparing" });
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});
