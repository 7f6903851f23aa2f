import { QueryClient } from "@tanstack/react-query";
import { createClient, tidingsQueries } from "@tidings/react";
import { createRefreshHoldingsIntent, REFRESH_HOLDINGS } from "@tidings/react/intents";
import { BASE, problemResponse, recordedResponse, stubRoute } from "../support/server.js";

const PATH = "/holdings/refresh";
const client = createClient({ baseUrl: BASE });

describe.each([
  ["the client alone", undefined],
  ["the query client too", new QueryClient()],
])("with %s", (_name, queryClient) => {
  const intent = createRefreshHoldingsIntent(client, queryClient);

  test("the intent resolves with the result", async () => {
    const requests = stubRoute("post", PATH, recordedResponse("refresh-fresh"));
    const result = await intent({ providers: { plaid: true } });
    expect(result).toMatchObject({ error: null, outcomes: { plaid: { status: "refreshed" } } });
    expect(await requests[0]?.json()).toEqual({ providers: ["plaid"] });
  });

  test("the intent resolves if one provider was refreshed", async () => {
    stubRoute("post", PATH, recordedResponse("refresh-plaid-waits"));
    await expect(intent()).resolves.toMatchObject({ outcomes: { plaid: { status: "cooling_down" } } });
  });

  test("the intent rejects with the 429 and retryAfter", async () => {
    const requests = stubRoute("post", PATH, problemResponse(429, "cooling-down", { retry_after: 42 }));
    const error = await intent().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ status: 429, retryAfter: 42 });
    expect(requests).toHaveLength(1);
  });

  test("the intent rejects with the status of any other error", async () => {
    stubRoute("post", PATH, recordedResponse("refresh-snaptrade-outage"));
    await expect(intent()).rejects.toMatchObject({ status: 502, slug: "provider-outage" });
  });

  test("the intent rejects if it is aborted", async () => {
    stubRoute("post", PATH, () => new Promise<Response>(() => undefined));
    const controller = new AbortController();
    const refreshing = intent({ signal: controller.signal });
    controller.abort();
    await expect(refreshing).rejects.toMatchObject({ name: "AbortError" });
  });
});

test("with a query client, the intent writes the portfolio to the cache", async () => {
  const queryClient = new QueryClient();
  stubRoute("post", PATH, recordedResponse("refresh-fresh"));
  await createRefreshHoldingsIntent(client, queryClient)();
  expect(queryClient.getQueryData(tidingsQueries(client).holdings().queryKey)?.holdings).toHaveLength(4);
});

test("REFRESH_HOLDINGS is the published intent name", () => {
  expect(REFRESH_HOLDINGS).toBe("refresh-holdings");
});
