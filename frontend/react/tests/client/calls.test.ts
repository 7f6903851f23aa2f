// @vitest-environment node
import { createClient } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { BASE, problemResponse, recordedResponse, stubRoute } from "../support/server.js";

describe("each client method", () => {
  const client = createClient({ baseUrl: `${BASE}//` });
  const sent = async (
    method: "get" | "post" | "delete",
    path: string,
    answer: Response,
    call: () => Promise<unknown>,
  ) => {
    const requests = stubRoute(method, path, answer);
    const value = await call();
    const text = await (requests[0] as Request).text();
    return { value, body: text === "" ? undefined : JSON.parse(text) };
  };
  const linked = () => HttpResponse.json({ item_id: "item", institution: null }, { status: 201 });

  test.each<[string, "get" | "post" | "delete", string, () => Response, () => Promise<unknown>, unknown]>([
    ["getHoldings", "get", "/holdings", () => recordedResponse("holdings"), () => client.getHoldings(), undefined],
    [
      "getHoldings of one provider",
      "get",
      "/plaid/holdings",
      () => recordedResponse("holdings-plaid"),
      () => client.getHoldings("plaid"),
      undefined,
    ],
    [
      "getPaidRefresh",
      "get",
      "/holdings/refresh",
      () => recordedResponse("paid-idle"),
      () => client.getPaidRefresh(),
      undefined,
    ],
    [
      "startPaidRefresh",
      "post",
      "/holdings/refresh",
      () => HttpResponse.json({ status_url: "/x", providers: {} }, { status: 202 }),
      () => client.startPaidRefresh({ plaid: true }),
      { paid: true, providers: ["plaid"] },
    ],
    [
      "refreshPlaidHoldings",
      "post",
      "/plaid/holdings/refresh",
      () => recordedResponse("holdings-plaid"),
      () => client.refreshPlaidHoldings({ all: true }),
      { all: true },
    ],
    [
      "refreshSnapTradeHoldings",
      "post",
      "/api/snaptrade/holdings/refresh",
      () => recordedResponse("holdings"),
      () => client.refreshSnapTradeHoldings(),
      {},
    ],
    [
      "createPlaidConnectionUrl",
      "post",
      "/plaid/create-connection-url",
      () => recordedResponse("plaid-url"),
      () => client.createPlaidConnectionUrl({ reconnect: "i", redirectUri: "https://app.example/" }),
      { reconnect: "i", redirect_uri: "https://app.example/" },
    ],
    [
      "completePlaidConnection",
      "post",
      "/plaid/complete-connection",
      linked,
      () => client.completePlaidConnection("t"),
      { link_token: "t" },
    ],
    [
      "exchangePlaidPublicToken",
      "post",
      "/plaid/exchange-public-token",
      linked,
      () => client.exchangePlaidPublicToken("p"),
      { public_token: "p" },
    ],
    [
      "createSnapTradeConnectionUrl",
      "post",
      "/api/snaptrade/create-connection-url",
      () => recordedResponse("snaptrade-url"),
      () => client.createSnapTradeConnectionUrl({ broker: "ALPACA", replace: true }),
      { broker: "ALPACA", replace: true },
    ],
    [
      "deletePlaidItem",
      "delete",
      "/plaid/items/a%2Fb",
      () => new HttpResponse(null, { status: 204 }),
      () => client.deletePlaidItem("a/b"),
      undefined,
    ],
    [
      "deleteSnapTradeConnection",
      "delete",
      "/api/snaptrade/connections/c",
      () => new HttpResponse(null, { status: 204 }),
      () => client.deleteSnapTradeConnection("c"),
      undefined,
    ],
    [
      "deleteAllConnections",
      "delete",
      "/connections",
      () => new HttpResponse(null, { status: 204 }),
      () => client.deleteAllConnections(),
      undefined,
    ],
  ])("%s sends the described request", async (_name, method, path, answer, call, body) => {
    expect((await sent(method, path, answer(), call)).body).toEqual(body);
  });

  test.each([() => client.refreshPlaidHoldings(), () => client.refreshSnapTradeHoldings()])(
    "a refresh of one provider throws for a 429",
    async (call) => {
      for (const path of ["/plaid/holdings/refresh", "/api/snaptrade/holdings/refresh"]) {
        stubRoute("post", path, problemResponse(429, "cooling-down", { retry_after: 42 }));
      }
      await expect(call()).rejects.toMatchObject({ status: 429, retryAfter: 42 });
    },
  );
});
