import { act } from "@testing-library/react";
import { type RefreshResult, usePendingUpdates, useRefreshButton } from "@tidings/react";
import { freezeClock } from "../support/clock.js";
import { availableIn, pendingResponse, REFRESH, stubPolls } from "../support/refreshScenario.js";
import { problemResponse, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

const useButton = () => ({ pending: usePendingUpdates(), button: useRefreshButton() });

beforeEach(() => freezeClock());

async function renderButton() {
  const { seen } = renderHookInTab(useButton);
  await advanceTime(0);
  return seen;
}

async function click(seen: { now: ReturnType<typeof useButton> }) {
  const results: (RefreshResult | null)[] = [];
  await act(async () => void seen.now.button.refresh().then((result) => results.push(result)));
  await advanceTime(1);
  return results;
}

test("a click while a refresh is running sends nothing and resolves to null", async () => {
  stubPolls(pendingResponse({}));
  const requests = stubRoute("post", REFRESH, () => new Promise<Response>(() => undefined));
  const seen = await renderButton();
  expect(seen.now.button).toMatchObject({ isPending: false, waitSeconds: 0 });
  expect(await click(seen)).toEqual([]);
  expect(seen.now.button).toMatchObject({ isPending: true, waitSeconds: 0 });
  expect(await click(seen)).toEqual([null]);
  expect(requests).toHaveLength(1);
});

test("after a 429 the button counts down, and a click sends nothing until the wait is over", async () => {
  stubPolls(pendingResponse({}), pendingResponse(availableIn(42), availableIn(42)));
  const requests = stubRoute("post", REFRESH, problemResponse(429, "cooling-down", { retry_after: 42 }));
  const seen = await renderButton();
  expect(await click(seen)).toMatchObject([{ status: 429 }]);
  expect(seen.now.button).toMatchObject({ isPending: false, waitSeconds: 42 });
  await advanceTime(40_000);
  expect(seen.now.button.waitSeconds).toBe(2);
  expect(await click(seen)).toEqual([null]);
  expect(requests).toHaveLength(1);
  await advanceTime(2_000);
  expect(seen.now.button.waitSeconds).toBe(0);
  expect(await click(seen)).toMatchObject([{ status: 429 }]);
  expect(requests).toHaveLength(2);
});

test.each(["refresh-fresh", "refresh-snaptrade-outage"])(
  "after %s there is no wait, whatever the cooldown",
  async (name) => {
    stubPolls(pendingResponse(availableIn(42), availableIn(42)));
    const requests = stubRoute("post", REFRESH, recordedResponse(name));
    const seen = await renderButton();
    for (const count of [1, 2]) {
      expect(seen.now.button.waitSeconds).toBe(0);
      expect(await click(seen)).toHaveLength(1);
      expect(requests).toHaveLength(count);
    }
  },
);
