// @vitest-environment node
import { ApiError, fetchWithRetry, NetworkError } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { advanceClock, flushResponses, freezeClock } from "../support/clock.js";
import { BASE, problemResponse, recordedResponse, stubRoute } from "../support/server.js";

const URL = `${BASE}/thing`;
const good = () => HttpResponse.json({ good: true });

/** Observe the state of a promise without waiting for it. */
function observePromise<T>(promise: Promise<T>) {
  const seen: { value?: T; error?: unknown; done: boolean } = { done: false };
  promise.then(
    (value) => Object.assign(seen, { value, done: true }),
    (error: unknown) => Object.assign(seen, { error, done: true }),
  );
  return seen;
}

test.each([500, 502, 503, 504])("a GET is retried after a %i", async (status) => {
  freezeClock();
  const requests = stubRoute("get", "/thing", new HttpResponse(null, { status }), good());
  const seen = observePromise(fetchWithRetry(URL));
  await flushResponses();
  expect(requests).toHaveLength(1);
  await advanceClock(500);
  expect(requests).toHaveLength(2);
  expect((seen.value as Response).status).toBe(200);
});

test("a GET is retried three times after network errors, with growing delays", async () => {
  freezeClock();
  const requests = stubRoute("get", "/thing", HttpResponse.error());
  const seen = observePromise(fetchWithRetry(URL));
  for (const [count, wait] of [
    [1, 0],
    [2, 500],
    [3, 1000],
    [4, 2000],
  ] as const) {
    await advanceClock(wait);
    expect(requests).toHaveLength(count);
  }
  expect(seen.error).toBeInstanceOf(NetworkError);
  await advanceClock(60_000);
  expect(requests).toHaveLength(4);
});

test.each([
  [0, 250],
  [0.5, 375],
  [1, 500],
])("the retry delay is jittered: %d of its half makes %i ms", async (random, delayMs) => {
  freezeClock();
  vi.spyOn(Math, "random").mockReturnValue(random);
  const requests = stubRoute("get", "/thing", new HttpResponse(null, { status: 500 }), good());
  observePromise(fetchWithRetry(URL));
  await advanceClock(delayMs - 1);
  expect(requests).toHaveLength(1);
  await advanceClock(1);
  expect(requests).toHaveLength(2);
});

test.each([5, 8])("a GET is retried after a 503 with a Retry-After of %i s", async (retryAfter) => {
  freezeClock();
  const refusal = problemResponse(503, "store-unavailable", { retry_after: retryAfter });
  const requests = stubRoute("get", "/thing", refusal, good());
  observePromise(fetchWithRetry(URL));
  await advanceClock(retryAfter * 1000 - 1);
  expect(requests).toHaveLength(1);
  await advanceClock(1);
  expect(requests).toHaveLength(2);
});

test.each([9, 60])("a 503 with a Retry-After of %i s rejects at once", async (retryAfter) => {
  const refusal = problemResponse(503, "store-unavailable", { retry_after: retryAfter });
  const requests = stubRoute("get", "/thing", refusal);
  await expect(fetchWithRetry(URL)).rejects.toMatchObject({ status: 503, retryAfter });
  expect(requests).toHaveLength(1);
});

test.each(["POST", "DELETE"])("a %s is never retried", async (method) => {
  freezeClock();
  for (const answer of [new HttpResponse(null, { status: 502 }), HttpResponse.error()]) {
    const requests = stubRoute(method.toLowerCase() as "post" | "delete", "/thing", answer);
    const seen = observePromise(fetchWithRetry(URL, { method }));
    await advanceClock(60_000);
    expect(seen.error).toBeInstanceOf(Error);
    expect(requests).toHaveLength(1);
  }
});

describe("the time limit", () => {
  const hangs = () => new Promise<Response>(() => undefined);

  test("a GET that hangs ends after 10 s as a network error", async () => {
    freezeClock();
    const requests = stubRoute("get", "/thing", hangs);
    const seen = observePromise(fetchWithRetry(URL));
    await advanceClock(9_999);
    expect(seen.done).toBe(false);
    await advanceClock(1);
    expect(seen.error).toBeInstanceOf(NetworkError);
    await advanceClock(60_000);
    expect(requests).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("all attempts of a GET together end after 10 s, also if only a later one hangs", async () => {
    freezeClock();
    const requests = stubRoute("get", "/thing", new HttpResponse(null, { status: 503 }), hangs);
    const seen = observePromise(fetchWithRetry(URL));
    await advanceClock(500);
    expect(requests).toHaveLength(2);
    await advanceClock(9_500);
    expect(seen.error).toBeInstanceOf(NetworkError);
  });

  test.each([4_000, 4_500])("no backoff begins that would leave no time: %i ms and six seconds", async (tookMs) => {
    freezeClock();
    const slow = () =>
      new Promise<Response>((resolve) => {
        setTimeout(() => resolve(problemResponse(503, "store-unavailable", { retry_after: 6 })), tookMs);
      });
    const requests = stubRoute("get", "/thing", slow);
    const seen = observePromise(fetchWithRetry(URL));
    await advanceClock(tookMs);
    expect(seen.error).toMatchObject({ status: 503 });
    expect(requests).toHaveLength(1);
  });

  test("an error response whose body hangs ends with the limit", async () => {
    freezeClock();
    stubRoute("get", "/thing", () => new HttpResponse(new ReadableStream(), { status: 502 }));
    const seen = observePromise(fetchWithRetry(URL));
    await advanceClock(10_000);
    expect(seen.error).toBeInstanceOf(NetworkError);
  });

  test("a POST has longer than the API takes at most", async () => {
    freezeClock();
    stubRoute("post", "/thing", hangs);
    const seen = observePromise(fetchWithRetry(URL, { method: "POST" }));
    await advanceClock(30_000);
    expect(seen.done).toBe(false);
    await advanceClock(5_000);
    expect(seen.error).toBeInstanceOf(NetworkError);
  });
});

describe("a 429", () => {
  test.each(["GET", "POST"])("a 429 of a %s is never retried, and its error has retryAfter", async (method) => {
    freezeClock();
    const requests = stubRoute(method === "GET" ? "get" : "post", "/thing", recordedResponse("refresh-cooling-down"));
    const seen = observePromise(fetchWithRetry(URL, { method }));
    await advanceClock(120_000);
    expect(requests).toHaveLength(1);
    expect(seen.error).toBeInstanceOf(ApiError);
    expect(seen.error).toMatchObject({ status: 429, slug: "cooling-down", retryAfter: 60 });
  });

  test.each<[string, Record<string, string>, object, number]>([
    ["the body", { "retry-after": "9" }, { retry_after: 42 }, 42],
    ["the header", { "retry-after": "17" }, {}, 17],
    ["the header, as a date", { "retry-after": "Sun, 01 Mar 2026 12:00:30 GMT" }, {}, 30],
    ["a header with a past date", { "retry-after": "Sun, 01 Mar 2026 11:00:00 GMT" }, {}, 0],
    ["the default if neither has it", {}, {}, 60],
    ["the default for an invalid header", { "retry-after": "soon" }, {}, 60],
    ["the default for an empty header", { "retry-after": "" }, {}, 60],
    ["the default for an endless header", { "retry-after": "Infinity" }, {}, 60],
    ["the default for a negative body", { "retry-after": "9" }, { retry_after: -5 }, 60],
  ])("the retryAfter of a 429 comes from %s", async (_by, headers, body, seconds) => {
    freezeClock();
    stubRoute("get", "/thing", problemResponse(429, "provider-limit", body, headers));
    const seen = observePromise(fetchWithRetry(URL));
    await flushResponses();
    expect(seen.error).toMatchObject({ status: 429, retryAfter: seconds });
  });
});

describe("an error response", () => {
  test("a problem response becomes a typed ApiError", async () => {
    stubRoute("get", "/thing", problemResponse(403, "forbidden"));
    await expect(fetchWithRetry(URL)).rejects.toMatchObject({
      name: "ApiError",
      status: 403,
      slug: "forbidden",
      title: "forbidden",
      detail: "forbidden it is",
      retryAfter: null,
    });
  });

  test.each([5, "", null, ["x"]])("fields of a problem that are %j count as absent", async (value) => {
    const problem = { type: value, title: value, detail: value, message: value };
    stubRoute("get", "/thing", HttpResponse.json(problem, { status: 404 }));
    await expect(fetchWithRetry(URL)).rejects.toMatchObject({ slug: null, title: "HTTP 404", detail: "HTTP 404" });
  });

  test("a gateway error has its message as title", async () => {
    stubRoute("get", "/thing", recordedResponse("no-such-route"));
    await expect(fetchWithRetry(URL)).rejects.toMatchObject({ status: 404, slug: null, title: "Not Found" });
  });

  test("an error response without JSON is not quoted", async () => {
    stubRoute("post", "/thing", HttpResponse.html("<h1>Bad gateway, secret 123</h1>", { status: 502 }));
    const error = await fetchWithRetry(URL, { method: "POST" }).catch((error: unknown) => error);
    expect(error).toMatchObject({ status: 502, slug: null, title: "HTTP 502" });
    expect(String(error)).not.toContain("secret");
  });
});

describe("an abort", () => {
  test("an abort ends a backoff at once", async () => {
    freezeClock();
    const requests = stubRoute("get", "/thing", new HttpResponse(null, { status: 500 }));
    const controller = new AbortController();
    const seen = observePromise(fetchWithRetry(URL, { signal: controller.signal }));
    await flushResponses();
    controller.abort();
    await flushResponses(1);
    expect(seen.error).toMatchObject({ name: "AbortError" });
    await advanceClock(60_000);
    expect(requests).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("an abort ends a request at once, with the reason as error", async () => {
    stubRoute("get", "/thing", () => new Promise<Response>(() => undefined));
    const controller = new AbortController();
    const seen = observePromise(fetchWithRetry(URL, { signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.done).toBe(false);
    controller.abort(new Error("enough"));
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.error).toMatchObject({ message: "enough" });
  });

  test("an aborted signal prevents the request", async () => {
    const requests = stubRoute("get", "/thing", good());
    await expect(fetchWithRetry(URL, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    expect(requests).toHaveLength(0);
  });
});

test("a fetch passed by the host is used", async () => {
  const fetch = vi.fn(async () => new Response("{}"));
  await fetchWithRetry(URL, {}, { fetch });
  expect(fetch).toHaveBeenCalledOnce();
});
