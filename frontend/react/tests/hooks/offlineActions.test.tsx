import { onlineManager, useQueryClient } from "@tanstack/react-query";
import { act } from "@testing-library/react";
import { useConnect, useDisconnect } from "@tidings/react/connections";
import { usePaidRefresh } from "@tidings/react/paid";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

/** The actions of a host whose query client repeats mutations, which TanStack Query does only on a device with a network. */
function useActions() {
  useQueryClient().setDefaultOptions({ mutations: { retry: 1, retryDelay: 0 } });
  const [{ connect, complete }, { disconnect }, { start }] = [useConnect(), useDisconnect(), usePaidRefresh()];
  return {
    connect: () => connect("plaid"),
    complete,
    disconnect: () => disconnect({ provider: "plaid", source_id: "item-1" }),
    start: () => start(),
  };
}

beforeEach(() => freezeClock());
afterEach(() => onlineManager.setOnline(true));

test.each([
  ["connect", "post", "/plaid/create-connection-url"],
  ["complete", "post", "/plaid/complete-connection"],
  ["disconnect", "delete", "/plaid/items/item-1"],
  ["start", "post", "/holdings/refresh"],
] as const)("on a device that is offline, %s fails instead of waiting", async (action, method, path) => {
  const requests = stubRoute(method, path, () => HttpResponse.error());
  sessionStorage.setItem("tidings:plaid-link-token", "link-1");
  const { seen } = renderHookInTab(useActions);
  onlineManager.setOnline(false);
  const errors: unknown[] = [];
  await act(async () => void seen.now[action]().catch((error: unknown) => errors.push(error)));
  for (const _request of ["the first", "its repetition"]) await advanceTime(1);
  expect(errors).toMatchObject([{ name: "NetworkError" }]);
  expect(requests).toHaveLength(2);
});
