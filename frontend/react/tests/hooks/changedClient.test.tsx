import { act } from "@testing-library/react";
import { createClient, useRefreshHoldings } from "@tidings/react";
import { useConnect, useConnections } from "@tidings/react/connections";
import { freezeClock } from "../support/clock.js";
import { pendingResponse, REFRESH, stubPolls } from "../support/refreshScenario.js";
import { BASE, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

const useAll = () => ({ connect: useConnect(), connections: useConnections(), refreshing: useRefreshHoldings() });

beforeEach(() => freezeClock());

/** Render a tab in which another user has signed in. */
async function renderNextUser() {
  stubPolls(pendingResponse({}));
  stubRoute("get", "/connections", recordedResponse("connections"));
  const { seen, renderAgain } = renderHookInTab(useAll, { getToken: () => "first" });
  await advanceTime(0);
  renderAgain({ client: createClient({ baseUrl: BASE, getToken: () => "second" }) });
  await advanceTime(0);
  return seen;
}

const tokens = (requests: Request[]) => requests.map((request) => request.headers.get("authorization"));

test("after another user has signed in, a refresh is theirs", async () => {
  const seen = await renderNextUser();
  const refreshes = stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
  await act(async () => void seen.now.refreshing.refresh());
  await advanceTime(0);
  expect(tokens(refreshes)).toEqual(["Bearer second"]);
  expect(seen.now.refreshing.outcomes.plaid).toMatchObject({ status: "refreshed" });
});

test("after another user has signed in, nothing tells of the first one's refresh", async () => {
  stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
  stubPolls(pendingResponse({}));
  stubRoute("get", "/connections", recordedResponse("connections"));
  const { seen, renderAgain } = renderHookInTab(useAll);
  await act(async () => void seen.now.refreshing.refresh());
  await advanceTime(1);
  expect(seen.now.refreshing.data).toBeDefined();
  renderAgain({ client: createClient({ baseUrl: BASE }) });
  await advanceTime(0);
  expect(seen.now.refreshing).toMatchObject({ data: undefined, outcomes: {} });
});

test("after another user has signed in, a completion refetches their connections", async () => {
  const seen = await renderNextUser();
  const reads = stubRoute("get", "/connections", recordedResponse("connections"));
  await act(async () => void seen.now.connect.complete());
  await advanceTime(0);
  expect(tokens(reads)).toEqual(["Bearer second"]);
});
