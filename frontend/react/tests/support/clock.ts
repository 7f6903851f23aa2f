/** Freeze timers and Date, which a test then advances. Promises and MSW still run. */
export function freezeClock(now = "2026-03-01T12:00:00Z") {
  vi.useFakeTimers({
    now: new Date(now),
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
  });
}

/** Wait for stubbed responses: MSW needs several turns of the event loop for each. */
export async function flushResponses(turns = 30) {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(0);
  }
}

export async function advanceClock(milliseconds: number) {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await flushResponses();
}
