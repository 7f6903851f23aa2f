import { useQuery } from "@tanstack/react-query";
import { act } from "@testing-library/react";
import { useConnect, useConnections } from "@tidings/react/connections";
import { freezeClock } from "../support/clock.js";
import { clickRefresh, pendingResponse, REFRESH, stubPolls, useAll } from "../support/refreshScenario.js";
import { recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

beforeEach(() => {
  freezeClock();
  stubPolls(pendingResponse({}));
  stubRoute("get", "/holdings", recordedResponse("holdings"));
  stubRoute("get", "/connections", recordedResponse("connections"));
  stubRoute("post", REFRESH, recordedResponse("refresh-fresh"));
});

/** Render the hooks beside a query of the host's own. `answer` ends each of its fetches. */
function renderWithHost() {
  const answers: ((data: string) => void)[] = [];
  const { seen } = renderHookInTab(() => ({
    ...useAll(),
    connect: useConnect(),
    connections: useConnections(),
    host: useQuery({ queryKey: ["host"], queryFn: () => new Promise<string>((resolve) => answers.push(resolve)) }),
  }));
  return { seen, answers };
}

test("a refresh does not cancel the host's own query", async () => {
  const { seen, answers } = renderWithHost();
  await clickRefresh(seen);
  await advanceTime(0);
  for (const answer of answers) answer("the host's");
  await advanceTime(1);
  expect(seen.now.host.data).toBe("the host's");
  expect(answers).toHaveLength(1);
});

test("neither a refresh nor a completed connection refetches the host's own query", async () => {
  const { seen, answers } = renderWithHost();
  for (const answer of answers) answer("the host's");
  await advanceTime(1);
  await clickRefresh(seen);
  await act(async () => void seen.now.connect.complete());
  await advanceTime(1);
  expect(answers).toHaveLength(1);
});
