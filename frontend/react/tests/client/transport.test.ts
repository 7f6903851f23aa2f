// @vitest-environment node
import { createClient, NetworkError, ResponseFormatError } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { answers, BASE, recorded, replay } from "../support/server.js";

const PENDING = "/pending-updates";

describe("who asks", () => {
  test("is told by the cookie, and by a token if there is one", async () => {
    const requests = answers("get", PENDING, replay("pending-news"));
    await createClient({ baseUrl: BASE }).getPendingUpdates();
    await createClient({ baseUrl: BASE, getToken: () => "sync" }).getPendingUpdates();
    await createClient({ baseUrl: BASE, getToken: async () => "async" }).getPendingUpdates();
    expect(requests.map((request) => request.headers.get("authorization"))).toEqual([
      null,
      "Bearer sync",
      "Bearer async",
    ]);
    expect(requests.map((request) => request.credentials)).toEqual(["include", "include", "include"]);
  });

  test("a 401 is tried once more with a token that differs", async () => {
    const requests = answers("post", "/holdings/refresh", replay("unauthenticated"), replay("refresh-fresh"));
    const getToken = vi.fn().mockReturnValueOnce("old").mockReturnValueOnce("new");
    const { error } = await createClient({ baseUrl: BASE, getToken }).refreshHoldings();
    expect(error).toBeNull();
    expect(requests.map((request) => request.headers.get("authorization"))).toEqual(["Bearer old", "Bearer new"]);
  });

  test.each([
    ["the token stays the same", vi.fn(() => "same")],
    ["there is no token", undefined],
  ])("a 401 is final where %s", async (_where, getToken) => {
    const requests = answers("get", "/connections", replay("unauthenticated"));
    const client = createClient({ baseUrl: BASE, getToken });
    await expect(client.getConnections()).rejects.toMatchObject({ status: 401, slug: "unauthenticated" });
    expect(requests).toHaveLength(1);
  });

  test("a 401 is tried once more, not for ever", async () => {
    let count = 0;
    const requests = answers("get", "/connections", replay("unauthenticated"));
    const client = createClient({ baseUrl: BASE, getToken: () => `token ${++count}` });
    await expect(client.getConnections()).rejects.toMatchObject({ status: 401 });
    expect(requests).toHaveLength(2);
  });

  test("waiting for a token ends with an abort", async () => {
    const controller = new AbortController();
    const client = createClient({ baseUrl: BASE, getToken: () => new Promise<string>(() => undefined) });
    const asked = client.getConnections({ signal: controller.signal });
    controller.abort();
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("the poll", () => {
  const { etag } = recorded("pending-news").headers;
  const unchanged = () => new HttpResponse(null, { status: 304, headers: { etag: etag as string } });

  test("sends the ETag that it was given, and a 304 answers the very value that is kept", async () => {
    const requests = answers("get", PENDING, replay("pending-news"), unchanged);
    const client = createClient({ baseUrl: BASE });
    const first = await client.getPendingUpdates();
    expect(await client.getPendingUpdates()).toBe(first);
    expect(requests.map((request) => request.headers.get("if-none-match"))).toEqual([null, etag]);
  });

  test("takes what is new, and its ETag", async () => {
    const requests = answers("get", PENDING, replay("pending-news"), replay("pending-after-refresh"), unchanged);
    const client = createClient({ baseUrl: BASE });
    await client.getPendingUpdates();
    const second = await client.getPendingUpdates();
    expect(second.has_pending_updates).toBe(false);
    await client.getPendingUpdates();
    expect(requests[2]?.headers.get("if-none-match")).toBe(recorded("pending-after-refresh").headers.etag);
  });

  test("keeps each route apart", async () => {
    answers("get", PENDING, replay("pending-news"));
    const requests = answers("get", "/plaid/pending-updates", replay("pending-plaid"));
    const client = createClient({ baseUrl: BASE });
    await client.getPendingUpdates();
    expect((await client.getPendingUpdates("plaid")).generation).toBe(1);
    expect(requests[0]?.headers.get("if-none-match")).toBeNull();
  });

  test("shares nothing between clients, nor between the tokens of one", async () => {
    const requests = answers("get", PENDING, replay("pending-news"));
    let token = "mine";
    const client = createClient({ baseUrl: BASE, getToken: () => token });
    await client.getPendingUpdates();
    await createClient({ baseUrl: BASE, getToken: () => "mine" }).getPendingUpdates();
    token = "another user's";
    await client.getPendingUpdates();
    expect(requests.map((request) => request.headers.get("if-none-match"))).toEqual([null, null, null]);
  });

  test("of holdings there is none: no ETag is sent with them", async () => {
    const requests = answers("get", "/holdings", replay("holdings", { etag: '"x"' }));
    const client = createClient({ baseUrl: BASE });
    await client.getHoldings();
    await client.getHoldings();
    expect(requests[1]?.headers.get("if-none-match")).toBeNull();
  });
});

describe("an answer that is not as described", () => {
  test.each<[string, (body: any) => void, string]>([
    [
      "a wrong value",
      (body) => {
        body.providers.plaid.generation = "secret 7";
      },
      "providers.plaid.generation",
    ],
    [
      "a missing field",
      (body) => {
        delete body.providers.snaptrade.reconnect_required;
      },
      "providers.snaptrade.reconnect_required",
    ],
    [
      "a missing part",
      (body) => {
        delete body.providers;
      },
      "providers",
    ],
  ])("with %s names where, and quotes nothing", async (_what, spoil, path) => {
    const { body } = recorded("pending-news");
    spoil(body);
    answers("get", PENDING, HttpResponse.json(body));
    const error = await createClient({ baseUrl: BASE })
      .getPendingUpdates()
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ResponseFormatError);
    expect(error).toMatchObject({ path });
    expect(JSON.stringify([String(error), { ...(error as object) }])).not.toContain("secret");
  });

  test.each(["<html>", "", "[]", "null"])("such as %j is refused as a whole", async (text) => {
    answers("get", PENDING, new HttpResponse(text));
    await expect(createClient({ baseUrl: BASE }).getPendingUpdates()).rejects.toBeInstanceOf(ResponseFormatError);
  });

  test("because of a choice that isn't known names it", async () => {
    const { body } = recorded("connections");
    body.connections[1].status = "secret";
    answers("get", "/connections", HttpResponse.json(body));
    await expect(createClient({ baseUrl: BASE }).getConnections()).rejects.toThrow(
      "connections.1.status: invalid value",
    );
  });

  test("is no matter of what is added to it", async () => {
    const { body } = recorded("pending-news");
    answers(
      "get",
      PENDING,
      HttpResponse.json({ ...body, later: 1, providers: { ...body.providers, third: body.providers.plaid } }),
    );
    const { providers } = await createClient({ baseUrl: BASE }).getPendingUpdates();
    expect(providers).toMatchObject(body.providers);
  });

  test("but broken off is a network error", async () => {
    const broken = new ReadableStream({ start: (to) => to.error(new Error("gone")) });
    answers("get", "/connections", () => new Response(broken));
    await expect(createClient({ baseUrl: BASE }).getConnections()).rejects.toBeInstanceOf(NetworkError);
  });
});

describe("the server's clock", () => {
  test.each([
    ["Sun, 01 Mar 2026 12:05:00 GMT", 300_000],
    ["Sun, 01 Mar 2026 11:59:58 GMT", 0],
    [undefined, 0],
  ])("that says %s is %i ms ahead", async (date, ahead) => {
    vi.useFakeTimers({ now: new Date("2026-03-01T12:00:00Z"), toFake: ["Date"] });
    answers("get", PENDING, replay("pending-news", date ? { date } : {}));
    const client = createClient({ baseUrl: BASE });
    await client.getPendingUpdates();
    expect(client.clockOffset()).toBe(ahead);
  });
});
