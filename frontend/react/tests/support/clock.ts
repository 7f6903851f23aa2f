/** Time that a test moves by hand. Promises and MSW go on by themselves. */
export function stopClock(now = "2026-03-01T12:00:00Z") {
  vi.useFakeTimers({
    now: new Date(now),
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
  });
}

/** Let what needs no time happen: MSW answers over several turns of the event loop. */
export async function settled(turns = 30) {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(0);
  }
}

export async function pass(milliseconds: number) {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await settled();
}
