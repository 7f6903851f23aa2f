// @vitest-environment node
import { getEventListeners } from "node:events";
import { delay, withAbort, withTimeLimit } from "../../src/client/abort.js";

/** Count what a signal that outlives many calls would collect. */
const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

test.each([
  ["fulfilled", () => Promise.resolve(1)],
  ["rejected", () => Promise.reject(new Error("no"))],
])("a signal keeps no listener of a promise that is %s", async (_how, settle) => {
  const { signal } = new AbortController();
  await withAbort(settle(), signal).catch(() => undefined);
  expect(listeners(signal)).toBe(0);
});

test("an aborted delay leaves no timer", async () => {
  vi.useFakeTimers();
  const controller = new AbortController();
  const waiting = delay(60_000, controller.signal);
  expect(vi.getTimerCount()).toBe(1);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  expect(vi.getTimerCount()).toBe(0);
});

test("a time limit that was not needed leaves no timer", async () => {
  vi.useFakeTimers();
  expect(await withTimeLimit(60_000, undefined, async () => 1)).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});
