import { createClient, NetworkError } from "@tidings/react/client";

const OTHER_ORIGIN = "https://api.example";

/** Send a request that is never repeated, with a fetch that answers only the probe. */
function send(baseUrl: string, probe: () => Promise<Response>, failure: () => Promise<Response>) {
  const fetch = vi.fn((url: RequestInfo | URL, _init?: RequestInit) => (url === baseUrl ? probe() : failure()));
  const error = createClient({ baseUrl, fetch })
    .deleteAllConnections()
    .then(() => undefined)
    .catch((reason: unknown) => reason);
  return { fetch, error };
}

const up = async () => new Response();
const down = () => Promise.reject(new TypeError("Failed to fetch"));

test("a server on another origin that is up does not allow this site", async () => {
  const { fetch, error } = send(OTHER_ORIGIN, up, down);
  expect(await error).toMatchObject({ name: "NetworkError", reason: "blocked", cause: { name: "TypeError" } });
  expect(fetch).toHaveBeenCalledTimes(2);
  expect(fetch.mock.lastCall).toEqual([
    OTHER_ORIGIN,
    { mode: "no-cors", credentials: "omit", cache: "no-store", signal: expect.any(AbortSignal) },
  ]);
});

test("a server that does not answer the second request either can't be reached", async () => {
  const { fetch, error } = send(OTHER_ORIGIN, down, down);
  expect(await error).toMatchObject({ name: "NetworkError", reason: "unreachable" });
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("a request that fails for no stated reason is explained too", async () => {
  expect(await send(OTHER_ORIGIN, up, () => Promise.reject()).error).toBeInstanceOf(NetworkError);
});

test.each(["", location.origin])("no second request is sent to the page's own origin (%j)", async (baseUrl) => {
  const { fetch, error } = send(baseUrl, up, down);
  expect(await error).toMatchObject({ reason: "unreachable" });
  expect(fetch).toHaveBeenCalledOnce();
});

test("no second request is sent without a network", async () => {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  const { fetch, error } = send(OTHER_ORIGIN, up, down);
  expect(await error).toMatchObject({ reason: "offline", cause: { name: "TypeError" } });
  expect(fetch).toHaveBeenCalledOnce();
});

test("no second request is sent after one that took too long", async () => {
  vi.useFakeTimers();
  const { fetch, error } = send(OTHER_ORIGIN, up, () => new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(35_000);
  expect(await error).toMatchObject({ reason: "unreachable", cause: { name: "AbortError" } });
  expect(fetch).toHaveBeenCalledOnce();
});
