// @vitest-environment node
import { ApiError, createClient, NetworkError, ResponseFormatError } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { answers, BASE, problem, recorded, replay } from "../support/server.js";

const PATH = "/holdings/refresh";
const client = createClient({ baseUrl: BASE });
const NOW = Date.parse("2026-03-01T12:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
});

describe("what is asked", () => {
  test.each([
    ["no flags", undefined, {}],
    ["one true flag", { plaid: true, snaptrade: false }, { providers: ["plaid"] }],
    ["one flag", { snaptrade: true }, { providers: ["snaptrade"] }],
    ["both flags", { plaid: true, snaptrade: true }, { providers: ["plaid", "snaptrade"] }],
  ])("with %s", async (_name, flags, body) => {
    const requests = answers("post", PATH, replay("refresh-fresh"));
    await client.refreshHoldings(flags);
    expect(await requests[0]?.json()).toEqual(body);
    expect(requests).toHaveLength(1);
  });

  test("is every source, if the caller insists", async () => {
    const requests = answers("post", PATH, replay("refresh-fresh"));
    await client.refreshHoldings(undefined, { all: true });
    expect(await requests[0]?.json()).toEqual({ all: true });
  });

  test.each([{}, { plaid: false }, { plaid: false, snaptrade: false }])(
    "is nothing with %j: no call",
    async (flags) => {
      const requests = answers("post", PATH, replay("refresh-fresh"));
      expect(await client.refreshHoldings(flags)).toEqual({ portfolio: null, error: null, outcomes: {} });
      expect(requests).toHaveLength(0);
    },
  );
});

describe("what came of it", () => {
  async function refreshed(name: string, flags?: { plaid?: boolean; snaptrade?: boolean }) {
    answers("post", PATH, replay(name));
    const result = await client.refreshHoldings(flags);
    const shown = new Set(result.portfolio?.holdings.flatMap((row) => row.sources.map(({ provider }) => provider)));
    return { ...result, shown: [...shown].sort() };
  }

  test("everything refreshed", async () => {
    const result = await refreshed("refresh-fresh");
    expect(result).toMatchObject({
      error: null,
      outcomes: { plaid: { status: "refreshed", error: null }, snaptrade: { status: "refreshed" } },
    });
    expect(result).not.toHaveProperty("status");
    expect(result.shown).toEqual(["plaid", "snaptrade"]);
  });

  test("the other provider keeps its rows when one alone is asked, and is not among the outcomes", async () => {
    const { body } = recorded("refresh-fresh");
    body.holdings.portfolio_metadata.providers.snaptrade.status = "stored";
    answers("post", PATH, HttpResponse.json(body));
    const result = await client.refreshHoldings({ plaid: true });
    expect(Object.keys(result.outcomes)).toEqual(["plaid"]);
    expect(result.portfolio?.holdings).toEqual(body.holdings.portfolio_data.holdings);
  });

  test("one cools down: the other's fresh rows are there, and no 429", async () => {
    const result = await refreshed("refresh-plaid-waits");
    expect(result.error).toBeNull();
    expect(result).not.toHaveProperty("status");
    expect(result.shown).toEqual(["plaid", "snaptrade"]);
    expect(result.outcomes).toMatchObject({
      plaid: { status: "cooling_down", seconds: 60, until: new Date(NOW + 60_000) },
      snaptrade: { status: "refreshed" },
    });
  });

  test("one is down: the other's fresh rows are there, and why", async () => {
    const result = await refreshed("refresh-snaptrade-down");
    expect(result.error).toBeNull();
    expect(result.outcomes).toMatchObject({
      plaid: { status: "refreshed" },
      snaptrade: { status: "failed", error: "provider-outage" },
    });
    expect(result.shown).toContain("plaid");
  });

  test("one has to be connected again", async () => {
    const result = await refreshed("refresh-plaid-broken");
    expect(result).toMatchObject({
      error: null,
      outcomes: { plaid: { status: "reconnect_required" }, snaptrade: { status: "refreshed" } },
    });
  });

  test("one is not connected", async () => {
    const result = await refreshed("refresh-snaptrade-not-connected");
    expect(result).toMatchObject({
      error: null,
      outcomes: { plaid: { status: "refreshed" }, snaptrade: { status: "not_connected" } },
    });
  });

  test("nothing is connected: no error", async () => {
    const result = await refreshed("refresh-nothing-connected");
    expect(result).toMatchObject({
      error: null,
      outcomes: { plaid: { status: "not_connected" }, snaptrade: { status: "not_connected" } },
    });
  });

  test("a part of a provider failed: it says so", async () => {
    const { body } = recorded("refresh-fresh");
    body.holdings.portfolio_metadata.providers.plaid.error = "provider-timeout";
    answers("post", PATH, HttpResponse.json(body));
    const { outcomes } = await client.refreshHoldings();
    expect(outcomes.plaid).toMatchObject({ status: "refreshed", error: "provider-timeout" });
  });
});

describe("nothing that was asked was refreshed", () => {
  test("because all cool down: 429, and until when", async () => {
    answers("post", PATH, replay("refresh-cooling-down"));
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

  test.each<[string, string, number, object]>([
    ["the login is required", "refresh-reconnect-required", 409, { status: "reconnect_required" }],
    ["of an outage", "refresh-snaptrade-outage", 502, { status: "failed", error: "provider-outage" }],
    ["nobody is signed in", "unauthenticated", 401, { status: "failed", error: "unauthenticated" }],
  ])("because %s: its status, never 429", async (_why, name, status, outcome) => {
    answers("post", PATH, replay(name));
    const result = await client.refreshHoldings();
    expect(result).toMatchObject({
      portfolio: null,
      status,
      error: { status },
      outcomes: { plaid: outcome, snaptrade: outcome },
    });
  });

  test("because it is not configured", async () => {
    answers("post", PATH, problem(503, "not-configured", { retry_after: 60 }));
    expect(await client.refreshHoldings()).toMatchObject({
      status: 503,
      outcomes: { plaid: { status: "not_configured" } },
    });
  });

  test.each<[string, [string, number | null, string], [string, number | null, string], number]>([
    ["one waits, one failed", ["cooling_down", 30, "cooling-down"], ["failed", null, "provider-outage"], 502],
    [
      "one waits, one is broken",
      ["cooling_down", 30, "cooling-down"],
      ["reconnect_required", null, "reconnect-required"],
      409,
    ],
    ["both wait", ["cooling_down", 30, "cooling-down"], ["cooling_down", 20, "provider-limit"], 429],
    ["one waits, one is not connected", ["cooling_down", 30, "cooling-down"], ["not_connected", null, "x"], 429],
  ])("in different ways (%s): an error with the stored portfolio", async (_how, plaid, snaptrade, status) => {
    const { body } = recorded("refresh-fresh");
    for (const [name, [state, retry_after, error]] of Object.entries({ plaid, snaptrade })) {
      Object.assign(body.holdings.portfolio_metadata.providers[name], { status: state, retry_after, error });
    }
    answers("post", PATH, HttpResponse.json(body));
    const result = await client.refreshHoldings();
    expect(result).toMatchObject({ status, error: { status } });
    expect(result.portfolio?.holdings).toEqual(body.holdings.portfolio_data.holdings);
    if (status === 429)
      expect(result.error).toMatchObject({
        retryAfter: Math.min(...[plaid[1], snaptrade[1]].filter((one) => one !== null)),
      });
  });

  test("because no answer came", async () => {
    const requests = answers("post", PATH, HttpResponse.error());
    const result = await client.refreshHoldings();
    expect(result.error).toBeInstanceOf(NetworkError);
    expect(result).toMatchObject({ portfolio: null, outcomes: { plaid: { status: "failed", error: "network" } } });
    expect(result).not.toHaveProperty("status");
    expect(requests).toHaveLength(1);
  });

  test("that could be read", async () => {
    answers("post", PATH, HttpResponse.json({ holdings: [] }));
    const result = await client.refreshHoldings();
    expect(result.error).toBeInstanceOf(ResponseFormatError);
    expect(result.portfolio).toBeNull();
  });
});

test("an abort is thrown", async () => {
  answers("post", PATH, () => new Promise<Response>(() => undefined));
  const controller = new AbortController();
  const refreshing = client.refreshHoldings(undefined, { signal: controller.signal });
  controller.abort();
  await expect(refreshing).rejects.toMatchObject({ name: "AbortError" });
});
