import { QueryClient } from "@tanstack/react-query";
import { createClient, createRefreshHoldingsIntent, REFRESH_HOLDINGS, tidingsQueries } from "@tidings/react";
import { answers, BASE, problem, replay } from "../support/server.js";

const PATH = "/holdings/refresh";
const client = createClient({ baseUrl: BASE });

describe.each([
  ["the client alone", undefined],
  ["the query client too", new QueryClient()],
])("with %s", (_name, queryClient) => {
  const intent = createRefreshHoldingsIntent(client, queryClient);

  test("resolves with what came", async () => {
    const requests = answers("post", PATH, replay("refresh-fresh"));
    const result = await intent({ providers: { plaid: true } });
    expect(result).toMatchObject({ error: null, outcomes: { plaid: { status: "refreshed" } } });
    expect(await requests[0]?.json()).toEqual({ providers: ["plaid"] });
  });

  test("resolves when a part was refreshed", async () => {
    answers("post", PATH, replay("refresh-plaid-waits"));
    await expect(intent()).resolves.toMatchObject({ outcomes: { plaid: { status: "cooling_down" } } });
  });

  test("rejects with the 429 and its seconds", async () => {
    const requests = answers("post", PATH, problem(429, "cooling-down", { retry_after: 42 }));
    const error = await intent().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ status: 429, retryAfter: 42 });
    expect(requests).toHaveLength(1);
  });

  test("rejects with another error's status", async () => {
    answers("post", PATH, replay("refresh-snaptrade-outage"));
    await expect(intent()).rejects.toMatchObject({ status: 502, slug: "provider-outage" });
  });

  test("rejects when it is aborted", async () => {
    answers("post", PATH, () => new Promise<Response>(() => undefined));
    const controller = new AbortController();
    const refreshing = intent({ signal: controller.signal });
    controller.abort();
    await expect(refreshing).rejects.toMatchObject({ name: "AbortError" });
  });
});

test("with the query client, the cache holds what came", async () => {
  const queryClient = new QueryClient();
  answers("post", PATH, replay("refresh-fresh"));
  await createRefreshHoldingsIntent(client, queryClient)();
  expect(queryClient.getQueryData(tidingsQueries(client).holdings().queryKey)?.holdings).toHaveLength(4);
});

test("has the name that hosts dispatch", () => {
  expect(REFRESH_HOLDINGS).toBe("refresh-holdings");
});
