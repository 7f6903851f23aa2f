// @vitest-environment node
import { ApiError, fetchWithRetry, NetworkError } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { pass, settled, stopClock } from "../support/clock.js";
import { answers, BASE, problem, replay } from "../support/server.js";

const URL = `${BASE}/thing`;
const good = () => HttpResponse.json({ good: true });

/** What became of it so far, without waiting. */
function watch<T>(promise: Promise<T>) {
  const seen: { value?: T; error?: unknown; done: boolean } = { done: false };
  promise.then(
    (value) => Object.assign(seen, { value, done: true }),
    (error: unknown) => Object.assign(seen, { error, done: true }),
  );
  return seen;
}

test.each([500, 502, 503, 504])("a GET is tried again after a %i", async (status) => {
  stopClock();
  const requests = answers("get", "/thing", new HttpResponse(null, { status }), good());
  const seen = watch(fetchWithRetry(URL));
  await settled();
  expect(requests).toHaveLength(1);
  await pass(500);
  expect(requests).toHaveLength(2);
  expect((seen.value as Response).status).toBe(200);
});

test("a GET is tried again where no answer came, three times, at growing distances", async () => {
  stopClock();
  const requests = answers("get", "/thing", HttpResponse.error());
  const seen = watch(fetchWithRetry(URL));
  for (const [count, wait] of [
    [1, 0],
    [2, 500],
    [3, 1000],
    [4, 2000],
  ] as const) {
    await pass(wait);
    expect(requests).toHaveLength(count);
  }
  expect(seen.error).toBeInstanceOf(NetworkError);
  await pass(60_000);
  expect(requests).toHaveLength(4);
});

test("the distance is jittered", async () => {
  stopClock();
  vi.spyOn(Math, "random").mockReturnValue(0);
  const requests = answers("get", "/thing", new HttpResponse(null, { status: 500 }), good());
  watch(fetchWithRetry(URL));
  await pass(249);
  expect(requests).toHaveLength(1);
  await pass(1);
  expect(requests).toHaveLength(2);
});

test("a 503 that asks for some seconds gets them", async () => {
  stopClock();
  const requests = answers("get", "/thing", problem(503, "store-unavailable", { retry_after: 5 }), good());
  watch(fetchWithRetry(URL));
  await pass(4_999);
  expect(requests).toHaveLength(1);
  await pass(1);
  expect(requests).toHaveLength(2);
});

test("a 503 that asks for a minute is told at once", async () => {
  const requests = answers("get", "/thing", problem(503, "store-unavailable", { retry_after: 60 }));
  await expect(fetchWithRetry(URL)).rejects.toMatchObject({ status: 503, retryAfter: 60 });
  expect(requests).toHaveLength(1);
});

test.each(["POST", "DELETE"])("a %s is never tried again", async (method) => {
  stopClock();
  for (const answer of [new HttpResponse(null, { status: 502 }), HttpResponse.error()]) {
    const requests = answers(method.toLowerCase() as "post" | "delete", "/thing", answer);
    const seen = watch(fetchWithRetry(URL, { method }));
    await pass(60_000);
    expect(seen.error).toBeInstanceOf(Error);
    expect(requests).toHaveLength(1);
  }
});

describe("a 429", () => {
  test.each(["GET", "POST"])("of a %s is never tried again, and says when", async (method) => {
    stopClock();
    const requests = answers(method === "GET" ? "get" : "post", "/thing", replay("refresh-cooling-down"));
    const seen = watch(fetchWithRetry(URL, { method }));
    await pass(120_000);
    expect(requests).toHaveLength(1);
    expect(seen.error).toBeInstanceOf(ApiError);
    expect(seen.error).toMatchObject({ status: 429, slug: "cooling-down", retryAfter: 60 });
  });

  test.each<[string, Record<string, string>, object, number]>([
    ["the body", { "retry-after": "9" }, { retry_after: 42 }, 42],
    ["the header", { "retry-after": "17" }, {}, 17],
    ["the header, as a date", { "retry-after": "Sun, 01 Mar 2026 12:00:30 GMT" }, {}, 30],
    ["a header that is past", { "retry-after": "Sun, 01 Mar 2026 11:00:00 GMT" }, {}, 0],
    ["neither", {}, {}, 60],
    ["a header that can't be read", { "retry-after": "soon" }, {}, 60],
  ])("waits as %s says", async (_by, headers, body, seconds) => {
    stopClock();
    answers("get", "/thing", problem(429, "provider-limit", body, headers));
    const seen = watch(fetchWithRetry(URL));
    await settled();
    expect(seen.error).toMatchObject({ status: 429, retryAfter: seconds });
  });
});

describe("what is refused", () => {
  test("as a problem is typed", async () => {
    answers("get", "/thing", problem(403, "forbidden"));
    await expect(fetchWithRetry(URL)).rejects.toMatchObject({
      name: "ApiError",
      status: 403,
      slug: "forbidden",
      title: "forbidden",
      detail: "forbidden it is",
      retryAfter: null,
    });
  });

  test("by the gateway is told by its message", async () => {
    answers("get", "/thing", replay("no-such-route"));
    await expect(fetchWithRetry(URL)).rejects.toMatchObject({ status: 404, slug: null, title: "Not Found" });
  });

  test("by something that speaks no JSON quotes none of it", async () => {
    answers("post", "/thing", HttpResponse.html("<h1>Bad gateway, secret 123</h1>", { status: 502 }));
    const error = await fetchWithRetry(URL, { method: "POST" }).catch((error: unknown) => error);
    expect(error).toMatchObject({ status: 502, slug: null, title: "HTTP 502" });
    expect(String(error)).not.toContain("secret");
  });
});

describe("an abort", () => {
  test("ends a backoff at once", async () => {
    stopClock();
    const requests = answers("get", "/thing", new HttpResponse(null, { status: 500 }));
    const controller = new AbortController();
    const seen = watch(fetchWithRetry(URL, { signal: controller.signal }));
    await settled();
    controller.abort();
    await settled(1);
    expect(seen.error).toMatchObject({ name: "AbortError" });
    await pass(60_000);
    expect(requests).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends a request at once, and is no network error", async () => {
    answers("get", "/thing", () => new Promise<Response>(() => undefined));
    const controller = new AbortController();
    const seen = watch(fetchWithRetry(URL, { signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.done).toBe(false);
    controller.abort(new Error("enough"));
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.error).toMatchObject({ message: "enough" });
  });

  test("before the call asks nothing", async () => {
    const requests = answers("get", "/thing", good());
    await expect(fetchWithRetry(URL, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    expect(requests).toHaveLength(0);
  });
});

test("a fetch of the host's own is the one that is used", async () => {
  const fetch = vi.fn(async () => new Response("{}"));
  await fetchWithRetry(URL, {}, { fetch });
  expect(fetch).toHaveBeenCalledOnce();
});
