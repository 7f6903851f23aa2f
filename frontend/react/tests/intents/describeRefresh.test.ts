import { ApiError, createClient, formatInstant, NetworkError, ResponseFormatError } from "@tidings/react";
import { describeRefresh, describeWait, explainError } from "@tidings/react/intents";
import { HttpResponse } from "msw";
import { BASE, loadRecording, problemResponse, recordedResponse, stubRoute } from "../support/server.js";

const client = createClient({ baseUrl: BASE });

async function describeResponse(answer: Response, flags?: { plaid?: boolean }) {
  stubRoute("post", "/holdings/refresh", answer);
  return describeRefresh(await client.refreshHoldings(flags));
}

test.each<[string, () => Response, object]>([
  [
    "all refreshed",
    () => recordedResponse("refresh-fresh"),
    { kind: "refreshed", message: "Your holdings are up to date." },
  ],
  ["one not connected", () => recordedResponse("refresh-snaptrade-not-connected"), { kind: "refreshed" }],
  [
    "no provider connected",
    () => recordedResponse("refresh-nothing-connected"),
    { kind: "not_connected", message: "No broker is connected yet." },
  ],
  [
    "all cooling down",
    () => problemResponse(429, "cooling-down", { retry_after: 42 }),
    { kind: "wait", seconds: 42, message: "Please wait 42 s before you refresh again." },
  ],
  [
    "a provider's limit",
    () => problemResponse(429, "provider-limit", { title: "The provider's rate limit is reached", retry_after: 150 }),
    {
      kind: "wait",
      seconds: 150,
      message: "The broker’s rate limit is reached. Please wait 150 s before you refresh again.",
    },
  ],
  [
    "our own limit",
    () =>
      problemResponse(429, "provider-busy", { title: "Too many refreshes of this provider at once", retry_after: 9 }),
    { kind: "wait", message: "Too many people are refreshing at once. Please wait 9 s before you refresh again." },
  ],
  [
    "the gateway's limit",
    () => HttpResponse.json({ message: "Too Many Requests" }, { status: 429 }),
    { kind: "wait", message: "Too many requests at once. Please wait 60 s before you refresh again." },
  ],
  [
    "one cooling down",
    () => recordedResponse("refresh-plaid-waits"),
    { kind: "partial", seconds: 60, message: "Plaid can be refreshed again in 60 s. SnapTrade is up to date." },
  ],
  [
    "a first fetch beside sources that cool down",
    () => {
      const { body } = loadRecording("refresh-snaptrade-not-connected");
      body.holdings.portfolio_metadata.providers.plaid.error = "cooling-down";
      return HttpResponse.json(body);
    },
    { kind: "partial", message: "Plaid is only partly up to date: it was refreshed a moment ago." },
  ],
  [
    "a reconnect required",
    () => recordedResponse("refresh-reconnect-required"),
    { kind: "reconnect", message: "Please connect your broker again." },
  ],
  [
    "an outage",
    () => recordedResponse("refresh-snaptrade-outage"),
    { kind: "failed", message: "Refresh failed: your broker does not respond properly." },
  ],
  [
    "the user signed out",
    () => recordedResponse("unauthenticated"),
    { kind: "failed", message: "Refresh failed: please sign in again." },
  ],
  [
    "a gateway error",
    () => recordedResponse("no-such-route"),
    { kind: "failed", message: "Refresh failed: something went wrong on our side." },
  ],
  [
    "a network error",
    () => HttpResponse.error(),
    { kind: "failed", message: "Refresh failed: the server can't be reached." },
  ],
  [
    "an invalid response",
    () => HttpResponse.json({}),
    { kind: "failed", message: "Refresh failed: something went wrong on our side." },
  ],
])("a refresh with %s is described", async (_what, answer, description) => {
  expect(await describeResponse(answer())).toEqual(expect.objectContaining(description));
});

test("a provider that is down is named with the date of its data", async () => {
  const { body } = loadRecording("refresh-snaptrade-down");
  const asOf = "2026-02-27T09:30:00Z";
  body.holdings.portfolio_metadata.providers.snaptrade.as_of = asOf;
  expect(await describeResponse(HttpResponse.json(body))).toEqual({
    kind: "partial",
    message: `Plaid is up to date. SnapTrade could not be refreshed: your broker does not respond properly. Its data is from ${formatInstant(asOf)}.`,
  });
});

test("a single requested provider that is down is named", async () => {
  expect(await describeResponse(problemResponse(502, "provider-outage"), { plaid: true })).toEqual({
    kind: "failed",
    message: "Refresh failed: Plaid: your broker does not respond properly.",
  });
});

test("a single requested provider to reconnect is named", async () => {
  expect(await describeResponse(problemResponse(409, "reconnect-required"), { plaid: true })).toEqual({
    kind: "reconnect",
    message: "Please connect Plaid again.",
  });
});

test("one of two providers to reconnect gives a partial refresh", async () => {
  const { kind, message } = await describeResponse(recordedResponse("refresh-plaid-broken"));
  expect(kind).toBe("partial");
  expect(message).toContain("Plaid has to be connected again");
});

test("a provider that failed in part gives a partial refresh", async () => {
  const { body } = loadRecording("refresh-fresh");
  body.holdings.portfolio_metadata.providers.plaid.error = "provider-timeout";
  expect(await describeResponse(HttpResponse.json(body))).toEqual({
    kind: "partial",
    message: "Plaid is only partly up to date: your broker took too long. SnapTrade is up to date.",
  });
});

test("providers that fail in different ways give a failure, not a wait", async () => {
  const { body } = loadRecording("refresh-fresh");
  const { plaid, snaptrade } = body.holdings.portfolio_metadata.providers;
  Object.assign(plaid, { status: "cooling_down", retry_after: 30, error: "cooling-down" });
  Object.assign(snaptrade, { status: "failed", error: "provider-outage", as_of: null });
  expect(await describeResponse(HttpResponse.json(body))).toEqual({
    kind: "failed",
    seconds: 30,
    message:
      "Refresh failed. Plaid can be refreshed again in 30 s. SnapTrade could not be refreshed: your broker does not respond properly.",
  });
});

test.each<[Error, object]>([
  [new ApiError({ status: 429, title: "?", retryAfter: 7 }), { kind: "wait", seconds: 7 }],
  [new ApiError({ status: 429, title: "?" }), { kind: "wait", seconds: 60 }],
  [new ApiError({ status: 409, slug: "reconnect-required", title: "?" }), { kind: "reconnect" }],
  [new NetworkError(undefined), { kind: "failed" }],
  [new ResponseFormatError("x", "y"), { kind: "failed" }],
])("the error of a rejected intent is described: %s", (error, description) => {
  expect(describeRefresh(error)).toMatchObject(description);
});

test.each<[Error, string]>([
  [new ApiError({ status: 502, title: "Bad Gateway" }), "something went wrong on our side"],
  [new ApiError({ status: 502, title: "HTTP 502" }), "something went wrong on our side"],
  [
    new ApiError({ status: 400, slug: "new-slug", title: "?", detail: "Not a text" }),
    "something went wrong on our side",
  ],
  [new ApiError({ status: 401, title: "Unauthorized" }), "please sign in again"],
  [new ApiError({ status: 429, title: "Too Many Requests" }), "too many requests at once"],
  [new NetworkError(new TypeError("Failed to fetch")), "the server can't be reached"],
  [new TypeError("Failed to fetch"), "something went wrong on our side"],
])("an error is explained in the catalogue's words alone: %s", (error, text) => {
  expect(explainError(error)).toBe(text);
});

/** A combined response whose providers have these outcomes. */
function combinedResponse(plaid: object, snaptrade: object) {
  const { body } = loadRecording("refresh-fresh");
  const { providers } = body.holdings.portfolio_metadata;
  Object.assign(providers.plaid, plaid);
  Object.assign(providers.snaptrade, snaptrade);
  return HttpResponse.json(body);
}

test.each<[string, object, object, object]>([
  [
    "one that the deployment does not have",
    { status: "not_configured" },
    {},
    { kind: "refreshed", message: "Your holdings are up to date." },
  ],
  [
    "one that failed beside one that is not connected",
    { status: "failed", error: "provider-timeout" },
    { status: "not_connected" },
    { kind: "failed", message: "Refresh failed: Plaid: your broker took too long." },
  ],
  [
    "one that needs a reconnect without a cause",
    { status: "reconnect_required", error: null, as_of: null },
    {},
    { kind: "partial", message: "Plaid has to be connected again. SnapTrade is up to date." },
  ],
  [
    "two that wait for different times",
    { status: "cooling_down", retry_after: 30 },
    { status: "cooling_down", retry_after: 50 },
    {
      kind: "failed",
      seconds: 30,
      message: "Refresh failed. Plaid can be refreshed again in 30 s. SnapTrade can be refreshed again in 50 s.",
    },
  ],
])("a refresh of two providers, %s, is described", async (_what, plaid, snaptrade, description) => {
  expect(await describeResponse(combinedResponse(plaid, snaptrade))).toEqual(description);
});

test("a wait without a cause is a cooldown's", () => {
  const message = "Please wait 42 s before you refresh again.";
  expect(describeWait(42)).toEqual({ kind: "wait", message, seconds: 42 });
});
