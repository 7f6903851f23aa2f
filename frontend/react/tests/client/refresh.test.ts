// @vitest-environment node
import { createClient } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { BASE, loadRecording, recordedResponse, stubRoute } from "../support/server.js";

const PATH = "/holdings/refresh";
const client = createClient({ baseUrl: BASE });
const NOW = Date.parse("2026-03-01T12:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
});

describe("the selection of providers", () => {
  test.each([
    ["no flags", undefined, {}],
    ["one true flag", { plaid: true, snaptrade: false }, { providers: ["plaid"] }],
    ["one flag", { snaptrade: true }, { providers: ["snaptrade"] }],
    ["both flags", { plaid: true, snaptrade: true }, { providers: ["plaid", "snaptrade"] }],
  ])("%s select the described providers", async (_name, flags, body) => {
    const requests = stubRoute("post", PATH, recordedResponse("refresh-fresh"));
    await client.refreshHoldings(flags);
    expect(await requests[0]?.json()).toEqual(body);
    expect(requests).toHaveLength(1);
  });

  test("the option all requests every source", async () => {
    const requests = stubRoute("post", PATH, recordedResponse("refresh-fresh"));
    await client.refreshHoldings(undefined, { all: true });
    expect(await requests[0]?.json()).toEqual({ all: true });
  });

  test.each([{}, { plaid: false }, { plaid: false, snaptrade: false }])("no request is sent with %j", async (flags) => {
    const requests = stubRoute("post", PATH, recordedResponse("refresh-fresh"));
    expect(await client.refreshHoldings(flags)).toEqual({ portfolio: null, error: null, outcomes: {} });
    expect(requests).toHaveLength(0);
  });
});

describe("the outcome of a refresh", () => {
  async function refreshed(name: string, flags?: { plaid?: boolean; snaptrade?: boolean }) {
    stubRoute("post", PATH, recordedResponse(name));
    const result = await client.refreshHoldings(flags);
    const shown = new Set(result.portfolio?.holdings.flatMap((row) => row.sources.map(({ provider }) => provider)));
    return { ...result, shown: [...shown].sort() };
  }

  test("both providers are refreshed: no error", async () => {
    const result = await refreshed("refresh-fresh");
    expect(result).toMatchObject({
      error: null,
      outcomes: { plaid: { status: "refreshed", error: null }, snaptrade: { status: "refreshed" } },
    });
    expect(result).not.toHaveProperty("status");
    expect(result.shown).toEqual(["plaid", "snaptrade"]);
  });

  test("one provider is requested: the other keeps its rows and has no outcome", async () => {
    const { body } = loadRecording("refresh-fresh");
    body.holdings.portfolio_metadata.providers.snaptrade.status = "stored";
    stubRoute("post", PATH, HttpResponse.json(body));
    const result = await client.refreshHoldings({ plaid: true });
    expect(Object.keys(result.outcomes)).toEqual(["plaid"]);
    expect(result.portfolio?.holdings).toEqual(body.holdings.portfolio_data.holdings);
  });

  test("one provider is cooling down: the other's rows are fresh, without 429", async () => {
    const result = await refreshed("refresh-plaid-waits");
    expect(result.error).toBeNull();
    expect(result).not.toHaveProperty("status");
    expect(result.shown).toEqual(["plaid", "snaptrade"]);
    expect(result.outcomes).toMatchObject({
      plaid: { status: "cooling_down", seconds: 60, until: new Date(NOW + 60_000) },
      snaptrade: { status: "refreshed" },
    });
  });

  test("one provider is down: the other's rows are fresh, and the outcome has the reason", async () => {
    const result = await refreshed("refresh-snaptrade-down");
    expect(result.error).toBeNull();
    expect(result.outcomes).toMatchObject({
      plaid: { status: "refreshed" },
      snaptrade: { status: "failed", error: "provider-outage" },
    });
    expect(result.shown).toContain("plaid");
  });

  test("one provider needs a reconnect: its outcome says so, without an error", async () => {
    const result = await refreshed("refresh-plaid-broken");
    expect(result).toMatchObject({
      error: null,
      outcomes: { plaid: { status: "reconnect_required" }, snaptrade: { status: "refreshed" } },
    });
  });

  test("one provider is not connected: its outcome says so, without an error", async () => {
    const result = await refreshed("refresh-snaptrade-not-connected");
    expect(result).toMatchObject({
      error: null,
      outcomes: { plaid: { status: "refreshed" }, snaptrade: { status: "not_connected" } },
    });
  });

  test.each([
    [true, true],
    [false, false],
    [null, false],
  ])("a provider whose changed is %s: its outcome says %s", async (changed, said) => {
    const { body } = loadRecording("refresh-fresh");
    body.holdings.portfolio_metadata.providers.plaid.changed = changed;
    stubRoute("post", PATH, HttpResponse.json(body));
    expect((await client.refreshHoldings()).outcomes.plaid).toMatchObject({ changed: said });
  });

  const AT = "2026-03-01T09:00:00Z";
  test.each([
    ["failed", null, { status: "failed", error: "failed", asOf: new Date(AT) }],
    ["reconnect_required", "reconnect-required", { error: "reconnect-required", asOf: new Date(AT) }],
    ["stored", null, { status: "failed", error: "not-asked", asOf: new Date(AT) }],
  ])("a provider that is %s beside one that is fresh: its outcome says so", async (status, error, said) => {
    const { body } = loadRecording("refresh-fresh");
    Object.assign(body.holdings.portfolio_metadata.providers.plaid, { status, error, as_of: AT });
    stubRoute("post", PATH, HttpResponse.json(body));
    expect((await client.refreshHoldings()).outcomes.plaid).toMatchObject(said);
  });

  test("a provider that the response does not name has no outcome", async () => {
    const { body } = loadRecording("refresh-fresh");
    delete body.holdings.portfolio_metadata.providers.snaptrade;
    stubRoute("post", PATH, HttpResponse.json(body));
    expect(Object.keys((await client.refreshHoldings()).outcomes)).toEqual(["plaid"]);
  });

  test("no provider is connected: no error", async () => {
    const result = await refreshed("refresh-nothing-connected");
    expect(result).toMatchObject({
      error: null,
      outcomes: { plaid: { status: "not_connected" }, snaptrade: { status: "not_connected" } },
    });
  });

  test("a part of a provider failed: the outcome has the error", async () => {
    const { body } = loadRecording("refresh-fresh");
    body.holdings.portfolio_metadata.providers.plaid.error = "provider-timeout";
    stubRoute("post", PATH, HttpResponse.json(body));
    const { outcomes } = await client.refreshHoldings();
    expect(outcomes.plaid).toMatchObject({ status: "refreshed", error: "provider-timeout" });
  });
});

describe("a first fetch within a cooldown", () => {
  /** Give Plaid a source that was linked within the cooldown, beside one that cools down. */
  function linkedWithinCooldown() {
    const { body } = loadRecording("refresh-fresh");
    const plaid = body.holdings.portfolio_metadata.providers.plaid;
    const cooling = { ...plaid, status: "cooling_down", retry_after: 42, changed: null, error: "cooling-down" };
    body.holdings.portfolio_metadata.providers.plaid = {
      ...plaid,
      error: "cooling-down",
      sources: { ...plaid.sources, older: cooling },
    };
    return body;
  }

  test("the provider is refreshed in part: no error, no 429, and its sources tell them apart", async () => {
    stubRoute("post", PATH, HttpResponse.json(linkedWithinCooldown()));
    const result = await client.refreshHoldings({ plaid: true });
    expect(result.error).toBeNull();
    expect(result).not.toHaveProperty("status");
    expect(result.outcomes.plaid).toMatchObject({ status: "refreshed", error: "cooling-down" });
    const sources = result.portfolio?.metadata.providers.plaid?.sources ?? {};
    expect(sources.older).toMatchObject({ status: "cooling_down", retry_after: 42 });
    expect(Object.values(sources).filter(({ status }) => status === "fresh")).toHaveLength(1);
  });

  test("another provider cools down as a whole: its outcome counts down", async () => {
    const body = linkedWithinCooldown();
    const { providers } = body.holdings.portfolio_metadata;
    Object.assign(providers.snaptrade, { status: "cooling_down", retry_after: 17, error: "cooling-down" });
    stubRoute("post", PATH, HttpResponse.json(body));
    const result = await client.refreshHoldings();
    expect(result.error).toBeNull();
    expect(result.outcomes).toMatchObject({
      plaid: { status: "refreshed" },
      snaptrade: { status: "cooling_down", seconds: 17, until: new Date(NOW + 17_000) },
    });
  });

  test("the refresh after it is refused: status 429 as ever", async () => {
    stubRoute("post", PATH, recordedResponse("refresh-cooling-down"));
    expect(await client.refreshHoldings({ plaid: true })).toMatchObject({
      portfolio: null,
      status: 429,
      outcomes: { plaid: { status: "cooling_down", seconds: 60 } },
    });
  });
});

test("refreshHoldings throws for an abort", async () => {
  stubRoute("post", PATH, () => new Promise<Response>(() => undefined));
  const controller = new AbortController();
  const refreshing = client.refreshHoldings(undefined, { signal: controller.signal });
  controller.abort();
  await expect(refreshing).rejects.toMatchObject({ name: "AbortError" });
});
