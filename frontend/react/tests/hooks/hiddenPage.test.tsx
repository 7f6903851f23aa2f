import { useQuery } from "@tanstack/react-query";
import { tidingsQueries, usePendingUpdates, useTidingsClient } from "@tidings/react";
import { freezeClock } from "../support/clock.js";
import { MINUTE, PENDING, setVisibility } from "../support/polling.js";
import { recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

beforeEach(() => freezeClock());
afterEach(() => setVisibility("visible"));

test("a hidden page polls every 30 min ± 10 %", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(usePendingUpdates);
  await advanceTime(4 * MINUTE);
  await setVisibility("hidden");
  let waited = 0;
  const intervals: number[] = [];
  while (intervals.length < 4) {
    const polled = requests.length;
    await advanceTime(MINUTE);
    waited++;
    if (requests.length > polled) {
      intervals.push(waited);
      waited = 0;
    }
  }
  expect(Math.min(...intervals)).toBeGreaterThanOrEqual(27);
  expect(Math.max(...intervals)).toBeLessThanOrEqual(34);
});

test("a page polls no more once it has been hidden for a day", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  await setVisibility("hidden");
  for (let minute = 0; minute < 24 * 60; minute += 10) await advanceTime(10 * MINUTE);
  expect(requests.length).toBeGreaterThan((24 * 60) / 33 - 1);
  const polled = requests.length;
  for (let minute = 0; minute < 24 * 60; minute += 10) await advanceTime(10 * MINUTE);
  expect(requests).toHaveLength(polled);
});

test.each([10, 26 * 60])("a page hidden for %i minutes polls at once when shown, then every 5 min", async (minutes) => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  await setVisibility("hidden");
  for (let minute = 0; minute < minutes; minute += 10) await advanceTime(10 * MINUTE);
  const polled = requests.length;
  await setVisibility("visible");
  await advanceTime(0);
  expect(requests).toHaveLength(polled + 1);
  await advanceTime(5.5 * MINUTE);
  expect(requests).toHaveLength(polled + 2);
});

test("a page that is hidden again starts its day anew", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(usePendingUpdates);
  await setVisibility("hidden");
  for (let hour = 0; hour < 23; hour++) for (let half = 0; half < 2; half++) await advanceTime(30 * MINUTE);
  await setVisibility("visible");
  await advanceTime(MINUTE);
  await setVisibility("hidden");
  const polled = requests.length;
  for (let hour = 0; hour < 4; hour++) for (let half = 0; half < 2; half++) await advanceTime(30 * MINUTE);
  expect(requests.length).toBeGreaterThan(polled + 5);
});

function useOwnInterval() {
  return useQuery({ ...tidingsQueries(useTidingsClient()).pending(), refetchInterval: MINUTE });
}

test("a host's own interval wins, hidden or not", async () => {
  const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
  renderHookInTab(useOwnInterval);
  await advanceTime(0);
  await setVisibility("hidden");
  for (let minute = 0; minute < 10; minute++) await advanceTime(MINUTE);
  expect(requests).toHaveLength(11);
});
