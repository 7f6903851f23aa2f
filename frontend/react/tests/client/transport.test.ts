// @vitest-environment node
import { createClient, NetworkError, ResponseFormatError, type TidingsClient } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { advanceClock, freezeClock } from "../support/clock.js";
import { BASE, loadRecording, problemResponse, recordedResponse, stubRoute } from "../support/server.js";

const PENDING = "/pending-updates";

describe("the headers of a request", () => {
  test("every request sends the cookie, and a token if there is one", async () => {
    const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
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

  test.each<["get" | "post", string, (client: TidingsClient) => Promise<unknown>, string | null]>([
    ["get", "/plaid/holdings", (client) => client.getHoldings("plaid"), null],
    ["post", "/plaid/holdings/refresh", (client) => client.refreshPlaidHoldings(), "application/json"],
  ])("a %s accepts JSON and problems, and says what its body is", async (method, path, call, contentType) => {
    const requests = stubRoute(method, path, recordedResponse("holdings-plaid"));
    await call(createClient({ baseUrl: BASE }));
    expect(requests[0]?.headers.get("accept")).toBe("application/json, application/problem+json");
    expect(requests[0]?.headers.get("content-type")).toBe(contentType);
    expect(requests[0]?.headers.has("authorization")).toBe(false);
  });

  test("a 401 is retried once if the renewed token differs", async () => {
    const requests = stubRoute(
      "post",
      "/holdings/refresh",
      recordedResponse("unauthenticated"),
      recordedResponse("refresh-fresh"),
    );
    const getToken = vi.fn().mockReturnValueOnce("old").mockReturnValueOnce("new");
    const { error } = await createClient({ baseUrl: BASE, getToken }).refreshHoldings();
    expect(error).toBeNull();
    expect(requests.map((request) => request.headers.get("authorization"))).toEqual(["Bearer old", "Bearer new"]);
  });

  test.each([
    ["the renewed token is the same", vi.fn(() => "same")],
    ["there is no token", undefined],
  ])("a 401 is final if %s", async (_where, getToken) => {
    const requests = stubRoute("get", "/connections", recordedResponse("unauthenticated"));
    const client = createClient({ baseUrl: BASE, getToken });
    await expect(client.getConnections()).rejects.toMatchObject({ status: 401, slug: "unauthenticated" });
    expect(requests).toHaveLength(1);
  });

  test("a second 401 is final even if the token changes again", async () => {
    let count = 0;
    const requests = stubRoute("get", "/connections", recordedResponse("unauthenticated"));
    const client = createClient({ baseUrl: BASE, getToken: () => `token ${++count}` });
    await expect(client.getConnections()).rejects.toMatchObject({ status: 401 });
    expect(requests).toHaveLength(2);
  });

  test("another error is final even if the token changes", async () => {
    let count = 0;
    const requests = stubRoute("get", "/connections", problemResponse(403, "forbidden"));
    const client = createClient({ baseUrl: BASE, getToken: () => `token ${++count}` });
    await expect(client.getConnections()).rejects.toMatchObject({ status: 403 });
    expect(requests).toHaveLength(1);
  });

  test("an abort ends the wait for a token", async () => {
    const controller = new AbortController();
    const client = createClient({ baseUrl: BASE, getToken: () => new Promise<string>(() => undefined) });
    const connections = client.getConnections({ signal: controller.signal });
    controller.abort();
    await expect(connections).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("the poll", () => {
  const { etag } = loadRecording("pending-update").headers;
  const unchanged = () => new HttpResponse(null, { status: 304, headers: { etag: etag as string } });

  test("the poll sends the last ETag, and a 304 returns the identical cached value", async () => {
    const requests = stubRoute("get", PENDING, recordedResponse("pending-update"), unchanged);
    const client = createClient({ baseUrl: BASE });
    const first = await client.getPendingUpdates();
    expect(await client.getPendingUpdates()).toBe(first);
    expect(requests.map((request) => request.headers.get("if-none-match"))).toEqual([null, etag]);
  });

  test("a changed response replaces the cached value and its ETag", async () => {
    const requests = stubRoute(
      "get",
      PENDING,
      recordedResponse("pending-update"),
      recordedResponse("pending-after-refresh"),
      unchanged,
    );
    const client = createClient({ baseUrl: BASE });
    await client.getPendingUpdates();
    const second = await client.getPendingUpdates();
    expect(second.has_pending_updates).toBe(false);
    await client.getPendingUpdates();
    expect(requests[2]?.headers.get("if-none-match")).toBe(loadRecording("pending-after-refresh").headers.etag);
  });

  test("each route has its own ETag", async () => {
    stubRoute("get", PENDING, recordedResponse("pending-update"));
    const requests = stubRoute("get", "/plaid/pending-updates", recordedResponse("pending-plaid"));
    const client = createClient({ baseUrl: BASE });
    await client.getPendingUpdates();
    expect((await client.getPendingUpdates("plaid")).generation).toBe(1);
    expect(requests[0]?.headers.get("if-none-match")).toBeNull();
  });

  test("the cache is separate for each client and each token", async () => {
    const requests = stubRoute("get", PENDING, recordedResponse("pending-update"));
    let token = "mine";
    const client = createClient({ baseUrl: BASE, getToken: () => token });
    await client.getPendingUpdates();
    await createClient({ baseUrl: BASE, getToken: () => "mine" }).getPendingUpdates();
    token = "another user's";
    await client.getPendingUpdates();
    expect(requests.map((request) => request.headers.get("if-none-match"))).toEqual([null, null, null]);
  });

  test.each<[string, object, (client: TidingsClient) => Promise<unknown>]>([
    ["/holdings/history", { days: [] }, (client) => client.getHistory()],
    ["/institutions", { institutions: [], providers: ["plaid"] }, (client) => client.getInstitutions()],
  ])("%s sends its last ETag too", async (path, body, call) => {
    const unchanged = () => new HttpResponse(null, { status: 304 });
    const requests = stubRoute("get", path, HttpResponse.json(body, { headers: { etag: '"x"' } }), unchanged);
    const client = createClient({ baseUrl: BASE });
    expect(await call(client)).toEqual(body);
    expect(await call(client)).toEqual(body);
    expect(requests.map((request) => request.headers.get("if-none-match"))).toEqual([null, '"x"']);
  });

  test("requests for holdings send no ETag", async () => {
    const requests = stubRoute("get", "/holdings", recordedResponse("holdings", { etag: '"x"' }));
    const client = createClient({ baseUrl: BASE });
    await client.getHoldings();
    await client.getHoldings();
    expect(requests[1]?.headers.get("if-none-match")).toBeNull();
  });
});

test("a call that reads is repeated after an outage", async () => {
  freezeClock();
  const requests = stubRoute(
    "get",
    PENDING,
    new HttpResponse(null, { status: 502 }),
    recordedResponse("pending-update"),
  );
  const polled = createClient({ baseUrl: BASE }).getPendingUpdates();
  await advanceClock(500);
  expect((await polled).has_pending_updates).toBe(true);
  expect(requests).toHaveLength(2);
});

test("an abort ends a call that waits for its response", async () => {
  const controller = new AbortController();
  const requests = stubRoute("get", PENDING, () => new Promise<Response>(() => undefined));
  const polled = createClient({ baseUrl: BASE }).getPendingUpdates(undefined, { signal: controller.signal });
  await vi.waitFor(() => expect(requests).toHaveLength(1), { timeout: 60_000 });
  controller.abort(new Error("enough"));
  await expect(polled).rejects.toThrow("enough");
});

describe("a response that does not match its schema", () => {
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
  ])("%s is named by its path, and no value is quoted", async (_what, spoil, path) => {
    const { body } = loadRecording("pending-update");
    spoil(body);
    stubRoute("get", PENDING, HttpResponse.json(body));
    const error = await createClient({ baseUrl: BASE })
      .getPendingUpdates()
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ResponseFormatError);
    expect(error).toMatchObject({ path });
    expect(JSON.stringify([String(error), { ...(error as object) }])).not.toContain("secret");
  });

  test.each([
    ["<html>", "JSON expected"],
    ["", "JSON expected"],
    ["[]", "object expected"],
    ["null", "object expected"],
  ])("the body %j is rejected: %s", async (text, reason) => {
    stubRoute("get", PENDING, new HttpResponse(text));
    const polled = createClient({ baseUrl: BASE }).getPendingUpdates();
    await expect(polled).rejects.toBeInstanceOf(ResponseFormatError);
    await expect(polled).rejects.toThrow(`at its top: ${reason}`);
  });

  test("an object in place of a list is named by its path", async () => {
    stubRoute("get", "/connections", HttpResponse.json({ connections: {} }));
    await expect(createClient({ baseUrl: BASE }).getConnections()).rejects.toThrow("connections: array expected");
  });

  test("an unknown enum value is named by its path", async () => {
    const { body } = loadRecording("connections");
    body.connections[1].status = "secret";
    stubRoute("get", "/connections", HttpResponse.json(body));
    await expect(createClient({ baseUrl: BASE }).getConnections()).rejects.toThrow(
      "connections.1.status: invalid value",
    );
  });

  test("additional fields are accepted", async () => {
    const { body } = loadRecording("pending-update");
    stubRoute(
      "get",
      PENDING,
      HttpResponse.json({ ...body, later: 1, providers: { ...body.providers, third: body.providers.plaid } }),
    );
    const { providers } = await createClient({ baseUrl: BASE }).getPendingUpdates();
    expect(providers).toMatchObject(body.providers);
  });

  test("a response that breaks off is a network error", async () => {
    const broken = new ReadableStream({ start: (to) => to.error(new Error("gone")) });
    stubRoute("get", "/connections", () => new Response(broken));
    await expect(createClient({ baseUrl: BASE }).getConnections()).rejects.toBeInstanceOf(NetworkError);
  });
});

describe("the server's clock", () => {
  test.each([
    ["Sun, 01 Mar 2026 12:05:00 GMT", 300_000],
    ["Sun, 01 Mar 2026 12:00:03 GMT", 3_000],
    ["Sun, 01 Mar 2026 11:59:58 GMT", 0],
    [undefined, 0],
  ])("the Date header %s gives an offset of %i ms", async (date, ahead) => {
    vi.useFakeTimers({ now: new Date("2026-03-01T12:00:00Z"), toFake: ["Date"] });
    stubRoute("get", PENDING, recordedResponse("pending-update", date ? { date } : {}));
    const client = createClient({ baseUrl: BASE });
    await client.getPendingUpdates();
    expect(client.clockOffset()).toBe(ahead);
  });

  test("a 304 tells the server's time too", async () => {
    vi.useFakeTimers({ now: new Date("2026-03-01T12:00:00Z"), toFake: ["Date"] });
    const date = "Sun, 01 Mar 2026 12:10:00 GMT";
    const unchanged = () => new HttpResponse(null, { status: 304, headers: { date } });
    stubRoute("get", PENDING, recordedResponse("pending-update"), unchanged);
    const client = createClient({ baseUrl: BASE });
    await client.getPendingUpdates();
    expect(client.clockOffset()).toBe(0);
    await client.getPendingUpdates();
    expect(client.clockOffset()).toBe(600_000);
  });
});
