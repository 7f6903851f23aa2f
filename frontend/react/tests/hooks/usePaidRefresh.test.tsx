import { act } from "@testing-library/react";
import { useHoldings, usePendingUpdates } from "@tidings/react";
import { usePaidRefresh } from "@tidings/react/paid";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { PENDING } from "../support/polling.js";
import { loadRecording, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

const accepted = () =>
  HttpResponse.json({ status_url: "/holdings/refresh", ...loadRecording("paid-idle").body }, { status: 202 });

test.each([
  ["accepted", accepted],
  ["refused", () => recordedResponse("paid-off")],
])("a paid refresh that is %s polls at once, and refetches nothing else", async (_how, answer) => {
  freezeClock();
  const polls = stubRoute("get", PENDING, recordedResponse("pending-update"));
  const holdings = stubRoute("get", "/holdings", recordedResponse("holdings"));
  stubRoute("post", "/holdings/refresh", answer);
  const { seen } = renderHookInTab(() => ({
    holdings: useHoldings(),
    pending: usePendingUpdates(),
    paid: usePaidRefresh(),
  }));
  await advanceTime(0);
  expect([polls.length, holdings.length]).toEqual([1, 1]);
  await act(async () => void seen.now.paid.start().catch(() => undefined));
  await advanceTime(1);
  expect([polls.length, holdings.length]).toEqual([2, 1]);
  expect(seen.now.paid.isPending).toBe(false);
});
