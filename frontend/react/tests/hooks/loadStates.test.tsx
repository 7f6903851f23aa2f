import { type Portfolio, useHoldings, usePendingUpdates } from "@tidings/react";
import { useConnections } from "@tidings/react/connections";
import { HttpResponse } from "msw";
import { extendResult } from "../../src/hooks/queryResult.js";
import { freezeClock } from "../support/clock.js";
import { PENDING } from "../support/polling.js";
import { recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

beforeEach(() => freezeClock());

test.each([
  [
    "holdings",
    () => useHoldings(),
    "/holdings",
    recordedResponse("holdings"),
    recordedResponse("holdings-nothing-fetched"),
  ],
  [
    "connections",
    () => useConnections(),
    "/connections",
    recordedResponse("connections"),
    HttpResponse.json({ connections: [] }),
  ],
] as const)(
  "the state of %s is loading, then ready or empty, and signed_out after a 401",
  async (_what, useIt, path, some, none) => {
    stubRoute("get", path, some, none, recordedResponse("unauthenticated"));
    const { seen } = renderHookInTab<{ state: string; refetch: () => unknown }>(useIt);
    const states = [seen.now.state];
    await advanceTime(0);
    states.push(seen.now.state);
    for (const _again of ["empty", "signed_out"]) {
      void seen.now.refetch();
      await advanceTime(1);
      states.push(seen.now.state);
    }
    expect(states).toEqual(["loading", "ready", "empty", "signed_out"]);
  },
);

test.each<[string, (portfolio: Portfolio) => unknown, unknown]>([
  ["a number", ({ holdings }) => holdings.length, 4],
  ["an object without holdings", ({ account_type }) => ({ account_type }), { account_type: "investment" }],
  ["an empty list", () => [], []],
])("a portfolio of which a host selects %s is ready", async (_what, select, selected) => {
  stubRoute("get", "/holdings", recordedResponse("holdings"));
  const { seen } = renderHookInTab(() => useHoldings(undefined, { select }));
  await advanceTime(0);
  expect(seen.now).toMatchObject({ state: "ready", data: selected, portfolio: selected });
});

test("a result can be taken apart like the query's own", async () => {
  stubRoute("get", PENDING, recordedResponse("pending-update"));
  const { seen } = renderHookInTab(() => {
    const { state, ...rest } = usePendingUpdates();
    return { state, rest };
  });
  await advanceTime(0);
  expect(seen.now).toMatchObject({ state: "ready", rest: { isSuccess: true, data: { has_pending_updates: true } } });
});

test("a field that a hook adds wins over one that the query may get in a later version", () => {
  expect(extendResult({ data: 1, state: "theirs" }, { state: "ready" })).toEqual({ data: 1, state: "ready" });
});
