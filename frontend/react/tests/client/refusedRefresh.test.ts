// @vitest-environment node
import { ApiError, createClient, NetworkError, ResponseFormatError } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { BASE, loadRecording, problemResponse, recordedResponse, stubRoute } from "../support/server.js";

const PATH = "/holdings/refresh";
const client = createClient({ baseUrl: BASE });
const NOW = Date.parse("2026-03-01T12:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
});

describe("no requested provider is refreshed", () => {
  test("all are cooling down: status 429 and the end of the cooldown", async () => {
    stubRoute("post", PATH, recordedResponse("refresh-cooling-down"));
    const result = await client.refreshHoldings({ plaid: true });
    expect(result).toMatchObject({
      portfolio: null,
      status: 429,
      outcomes: { plaid: { status: "cooling_down", seconds: 60, until: new Date(NOW + 60_000) } },
    });
    expect(Object.keys(result.outcomes)).toEqual(["plaid"]);
    expect(result.error).toBeInstanceOf(ApiError);
    expect(result.error).toMatchObject({ status: 429, retryAfter: 60 });
  });

  test("a refusal tells each provider's own outcome", async () => {
    const told = { as_of: null, changed: null, sources: {} };
    const providers = {
      plaid: { ...told, status: "cooling_down", error: "cooling-down", retry_after: 40 },
      snaptrade: { ...told, status: "cooling_down", error: "provider-limit", retry_after: 150 },
    };
    stubRoute("post", PATH, problemResponse(429, "cooling-down", { retry_after: 40, providers }));
    const result = await client.refreshHoldings();
    expect(result).toMatchObject({
      portfolio: null,
      status: 429,
      error: { slug: "cooling-down", retryAfter: 40 },
      outcomes: {
        plaid: { status: "cooling_down", seconds: 40, until: new Date(NOW + 40_000), error: "cooling-down" },
        snaptrade: { status: "cooling_down", seconds: 150, until: new Date(NOW + 150_000), error: "provider-limit" },
      },
    });
  });

  test("a refusal says which provider is not connected", async () => {
    const providers = {
      snaptrade: { as_of: null, changed: null, status: "not_connected", error: null, retry_after: null },
    };
    stubRoute("post", PATH, problemResponse(429, "cooling-down", { retry_after: 42, providers }));
    expect((await client.refreshHoldings()).outcomes).toMatchObject({
      plaid: { status: "cooling_down", seconds: 42 },
      snaptrade: { status: "not_connected" },
    });
  });

  test.each([null, "x", 5, [], {}, { plaid: null }])(
    "a refusal whose providers are %j applies to all",
    async (providers) => {
      stubRoute("post", PATH, problemResponse(429, "cooling-down", { retry_after: 42, providers }));
      expect((await client.refreshHoldings()).outcomes).toMatchObject({
        plaid: { status: "cooling_down", seconds: 42 },
        snaptrade: { status: "cooling_down", seconds: 42 },
      });
    },
  );

  test.each<[string, string, number, object]>([
    ["a reconnect is required", "refresh-reconnect-required", 409, { status: "reconnect_required" }],
    ["a provider has an outage", "refresh-snaptrade-outage", 502, { status: "failed", error: "provider-outage" }],
    ["the user is signed out", "unauthenticated", 401, { status: "failed", error: "unauthenticated" }],
  ])("%s: the status of that error, never 429", async (_why, name, status, outcome) => {
    stubRoute("post", PATH, recordedResponse(name));
    const result = await client.refreshHoldings();
    expect(result).toMatchObject({
      portfolio: null,
      status,
      error: { status },
      outcomes: { plaid: outcome, snaptrade: outcome },
    });
  });

  test("a gateway refuses: each outcome has its status", async () => {
    stubRoute("post", PATH, HttpResponse.json({ message: "Forbidden" }, { status: 403 }));
    expect((await client.refreshHoldings()).outcomes).toEqual({
      plaid: { status: "failed", error: "http-403", asOf: null },
      snaptrade: { status: "failed", error: "http-403", asOf: null },
    });
  });

  test("the provider is not configured: the outcome says so", async () => {
    stubRoute("post", PATH, problemResponse(503, "not-configured", { retry_after: 60 }));
    expect(await client.refreshHoldings()).toMatchObject({
      status: 503,
      outcomes: { plaid: { status: "not_configured" } },
    });
  });

  const REFRESHED = { status: 429, slug: "cooling-down", title: "Refreshed" };
  const FAILED = { status: 502, slug: "provider-outage", title: "Refresh failed." };
  const RECONNECT = { status: 409, slug: "reconnect-required", title: "Reconnect needed" };
  test.each<[string, [string, number | null, string], [string, number | null, string], typeof FAILED]>([
    ["one cooling down, one failed", ["cooling_down", 30, "cooling-down"], ["failed", null, "provider-outage"], FAILED],
    [
      "one cooling down, one to reconnect",
      ["cooling_down", 30, "cooling-down"],
      ["reconnect_required", null, "reconnect-required"],
      RECONNECT,
    ],
    ["both cooling down", ["cooling_down", 30, "cooling-down"], ["cooling_down", 20, "provider-limit"], REFRESHED],
    [
      "one cooling down, one not connected",
      ["cooling_down", 30, "cooling-down"],
      ["not_connected", null, "x"],
      REFRESHED,
    ],
    [
      "one cooling down, one not configured",
      ["cooling_down", 30, "cooling-down"],
      ["not_configured", null, "x"],
      REFRESHED,
    ],
  ])("the providers differ (%s): an error beside the stored portfolio", async (_how, plaid, snaptrade, error) => {
    const { status } = error;
    const { body } = loadRecording("refresh-fresh");
    for (const [name, [state, retry_after, reason]] of Object.entries({ plaid, snaptrade })) {
      Object.assign(body.holdings.portfolio_metadata.providers[name], { status: state, retry_after, error: reason });
    }
    stubRoute("post", PATH, HttpResponse.json(body));
    const result = await client.refreshHoldings();
    expect(result).toMatchObject({ status, error });
    expect(result.portfolio?.holdings).toEqual(body.holdings.portfolio_data.holdings);
    if (status === 429)
      expect(result.error).toMatchObject({
        retryAfter: Math.min(...[plaid[1], snaptrade[1]].filter((one) => one !== null)),
      });
  });

  test("a network error: no status, no portfolio", async () => {
    const requests = stubRoute("post", PATH, HttpResponse.error());
    const result = await client.refreshHoldings();
    expect(result.error).toBeInstanceOf(NetworkError);
    expect(result).toMatchObject({ portfolio: null, outcomes: { plaid: { status: "failed", error: "network" } } });
    expect(result).not.toHaveProperty("status");
    expect(requests).toHaveLength(1);
  });

  test("an invalid response: ResponseFormatError, no portfolio", async () => {
    stubRoute("post", PATH, HttpResponse.json({ holdings: [] }));
    const result = await client.refreshHoldings();
    expect(result.error).toBeInstanceOf(ResponseFormatError);
    expect(result.portfolio).toBeNull();
  });
});
