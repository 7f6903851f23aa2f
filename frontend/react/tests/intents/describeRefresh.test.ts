import {
  ApiError,
  createClient,
  describeRefresh,
  formatInstant,
  NetworkError,
  ResponseFormatError,
} from "@tidings/react";
import { HttpResponse } from "msw";
import { answers, BASE, problem, recorded, replay } from "../support/server.js";

const client = createClient({ baseUrl: BASE });

async function described(answer: Response, flags?: { plaid?: boolean }) {
  answers("post", "/holdings/refresh", answer);
  return describeRefresh(await client.refreshHoldings(flags));
}

test.each<[string, () => Response, object]>([
  ["all went well", () => replay("refresh-fresh"), { kind: "refreshed", message: "Your holdings are up to date." }],
  ["one is not connected", () => replay("refresh-snaptrade-not-connected"), { kind: "refreshed" }],
  [
    "nothing is connected",
    () => replay("refresh-nothing-connected"),
    { kind: "not_connected", message: "No broker is connected yet." },
  ],
  [
    "all cool down",
    () => problem(429, "cooling-down", { retry_after: 42 }),
    { kind: "wait", seconds: 42, message: "Please wait 42 s before you refresh again." },
  ],
  [
    "one cools down",
    () => replay("refresh-plaid-waits"),
    { kind: "partial", seconds: 60, message: "Plaid can be refreshed again in 60 s. SnapTrade is up to date." },
  ],
  [
    "the login is required",
    () => replay("refresh-reconnect-required"),
    { kind: "reconnect", message: "Please connect your broker again." },
  ],
  [
    "an outage",
    () => replay("refresh-snaptrade-outage"),
    { kind: "failed", message: "Refresh failed: the provider does not respond properly." },
  ],
  [
    "nobody is signed in",
    () => replay("unauthenticated"),
    { kind: "failed", message: "Refresh failed: please sign in again." },
  ],
  ["the gateway refuses", () => replay("no-such-route"), { kind: "failed", message: "Refresh failed: Not Found." }],
  [
    "no answer came",
    () => HttpResponse.error(),
    { kind: "failed", message: "Refresh failed: the server can't be reached." },
  ],
  [
    "the answer is not as described",
    () => HttpResponse.json({}),
    { kind: "failed", message: "Refresh failed: the response can't be read." },
  ],
])("%s", async (_what, answer, words) => {
  expect(await described(answer())).toEqual(expect.objectContaining(words));
});

test("one is down: it is named, with the date of its numbers", async () => {
  const { body } = recorded("refresh-snaptrade-down");
  const asOf = "2026-02-27T09:30:00Z";
  body.holdings.portfolio_metadata.providers.snaptrade.as_of = asOf;
  expect(await described(HttpResponse.json(body))).toEqual({
    kind: "partial",
    message: `Plaid is up to date. SnapTrade could not be refreshed: the provider does not respond properly; its data is from ${formatInstant(asOf)}.`,
  });
});

test("one alone is down: it is named", async () => {
  expect(await described(problem(502, "provider-outage"), { plaid: true })).toEqual({
    kind: "failed",
    message: "Refresh failed: Plaid: the provider does not respond properly.",
  });
});

test("one alone has to be connected again: it is named", async () => {
  expect(await described(problem(409, "reconnect-required"), { plaid: true })).toEqual({
    kind: "reconnect",
    message: "Please connect Plaid again.",
  });
});

test("one has to be connected again", async () => {
  const { kind, message } = await described(replay("refresh-plaid-broken"));
  expect(kind).toBe("partial");
  expect(message).toContain("Plaid has to be connected again");
});

test("a part of one failed", async () => {
  const { body } = recorded("refresh-fresh");
  body.holdings.portfolio_metadata.providers.plaid.error = "provider-timeout";
  expect(await described(HttpResponse.json(body))).toEqual({
    kind: "partial",
    message: "Plaid is only partly up to date: the provider took too long. SnapTrade is up to date.",
  });
});

test("all failed, in different ways: a failure, not a success nor a wait", async () => {
  const { body } = recorded("refresh-fresh");
  const { plaid, snaptrade } = body.holdings.portfolio_metadata.providers;
  Object.assign(plaid, { status: "cooling_down", retry_after: 30, error: "cooling-down" });
  Object.assign(snaptrade, { status: "failed", error: "provider-outage", as_of: null });
  expect(await described(HttpResponse.json(body))).toEqual({
    kind: "failed",
    seconds: 30,
    message:
      "Refresh failed. Plaid can be refreshed again in 30 s. SnapTrade could not be refreshed: the provider does not respond properly.",
  });
});

test.each<[Error, object]>([
  [new ApiError({ status: 429, title: "?", retryAfter: 7 }), { kind: "wait", seconds: 7 }],
  [new ApiError({ status: 409, slug: "reconnect-required", title: "?" }), { kind: "reconnect" }],
  [new NetworkError(undefined), { kind: "failed" }],
  [new ResponseFormatError("x", "y"), { kind: "failed" }],
])("what the intent rejected with: %s", (error, words) => {
  expect(describeRefresh(error)).toMatchObject(words);
});
