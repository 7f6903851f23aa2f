import { createClient } from "@tidings/react";
import { HttpResponse } from "msw";
import { BASE, recordedResponse, stubRoute } from "../support/server.js";

const search = (requests: Request[]) => requests.map(({ url }) => new URL(url).search);

test("holdings, refreshes and the history take the currency that the host names for each request", async () => {
  let currency: string | null = null;
  const client = createClient({ baseUrl: BASE, getCurrency: () => currency });
  const read = stubRoute("get", "/holdings", recordedResponse("holdings"));
  const refreshed = stubRoute("post", "/holdings/refresh", recordedResponse("refresh-fresh"));
  const history = stubRoute("get", "/holdings/history", () =>
    HttpResponse.json({ sources: [], points: [], events: [] }),
  );
  await client.getHoldings();
  currency = "EUR";
  await client.getHoldings();
  await client.refreshHoldings();
  expect(await client.getHistory()).toEqual({ sources: [], points: [], events: [] });
  expect([read, refreshed, history].map(search)).toEqual([["", "?currency=EUR"], ["?currency=EUR"], ["?currency=EUR"]]);
});

test("the sets of changes are those of the response", async () => {
  const client = createClient({ baseUrl: BASE });
  stubRoute("get", "/holdings/changes", () => HttpResponse.json({ changes: [{ at: "2026-02-19T14:03:00Z" }] }));
  expect(await client.getChanges()).toEqual([{ at: "2026-02-19T14:03:00Z" }]);
});
