// @vitest-environment node
import { createClient } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { answers, BASE, problem, replay } from "../support/server.js";

describe("each call", () => {
  const client = createClient({ baseUrl: `${BASE}/` });
  const sent = async (
    method: "get" | "post" | "delete",
    path: string,
    answer: Response,
    call: () => Promise<unknown>,
  ) => {
    const requests = answers(method, path, answer);
    const value = await call();
    const text = await (requests[0] as Request).text();
    return { value, body: text === "" ? undefined : JSON.parse(text) };
  };
  const linked = () => HttpResponse.json({ item_id: "item", institution: null }, { status: 201 });

  test.each<[string, "get" | "post" | "delete", string, () => Response, () => Promise<unknown>, unknown]>([
    ["getHoldings", "get", "/holdings", () => replay("holdings"), () => client.getHoldings(), undefined],
    [
      "getHoldings of one",
      "get",
      "/plaid/holdings",
      () => replay("holdings-plaid"),
      () => client.getHoldings("plaid"),
      undefined,
    ],
    ["getPaidRefresh", "get", "/holdings/refresh", () => replay("paid-idle"), () => client.getPaidRefresh(), undefined],
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
      () => replay("holdings-plaid"),
      () => client.refreshPlaidHoldings({ all: true }),
      { all: true },
    ],
    [
      "refreshSnapTradeHoldings",
      "post",
      "/api/snaptrade/holdings/refresh",
      () => replay("holdings"),
      () => client.refreshSnapTradeHoldings(),
      {},
    ],
    [
      "createPlaidConnectionUrl",
      "post",
      "/plaid/create-connection-url",
      () => replay("plaid-url"),
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
      () => replay("snaptrade-url"),
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
  ])("%s", async (_name, method, path, answer, call, body) => {
    expect((await sent(method, path, answer(), call)).body).toEqual(body);
  });

  test.each([() => client.refreshPlaidHoldings(), () => client.refreshSnapTradeHoldings()])(
    "of a single provider throws for a 429",
    async (call) => {
      for (const path of ["/plaid/holdings/refresh", "/api/snaptrade/holdings/refresh"]) {
        answers("post", path, problem(429, "cooling-down", { retry_after: 42 }));
      }
      await expect(call()).rejects.toMatchObject({ status: 429, retryAfter: 42 });
    },
  );
});
