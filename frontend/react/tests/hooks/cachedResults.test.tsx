import { useHoldings, useRefreshHoldings } from "@tidings/react";
import { useConnections } from "@tidings/react/connections";
import { freezeClock } from "../support/clock.js";
import { MINUTE } from "../support/polling.js";
import { clickRefresh, pendingResponse, REFRESH, stubPolls, useAll } from "../support/refreshScenario.js";
import { recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, observeHook, renderHookInTab, renderTab } from "../support/tab.js";

beforeEach(() => freezeClock());

test.each<[string, () => { state: string }]>([
  ["holdings", useHoldings],
  ["connections", useConnections],
])("a component that is added loads the %s only if they are older than 5 min", async (name, useIt) => {
  const requests = stubRoute("get", `/${name}`, recordedResponse(name));
  const [one, two, three] = [observeHook(() => useIt()), observeHook(() => useIt()), observeHook(() => useIt())];
  const { show } = renderTab(<div key="1">{one.shown()}</div>);
  await advanceTime(5 * MINUTE - 2_000);
  show([<div key="1">{one.shown()}</div>, <div key="2">{two.shown()}</div>]);
  await advanceTime(4_000);
  expect(two.seen.now.state).toBe("ready");
  expect(requests).toHaveLength(1);
  show([<div key="1">{one.shown()}</div>, <div key="3">{three.shown()}</div>]);
  await advanceTime(0);
  expect(requests).toHaveLength(2);
});

test("the last refresh is known as long as the tab is open, though nothing shows it for a while", async () => {
  stubPolls(pendingResponse({}));
  stubRoute("get", "/holdings", recordedResponse("holdings"));
  stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
  const { seen, show } = renderHookInTab(useAll);
  await advanceTime(0);
  await clickRefresh(seen);
  show(null);
  await advanceTime(60 * MINUTE);
  const later = observeHook(useRefreshHoldings);
  show(later.shown());
  expect(later.seen.now.data).toBe(seen.now.refreshing.data);
  expect(later.seen.now.data).toBeDefined();
});
