// @vitest-environment node
import { createClient, extractPortfolio, keepIdentity, ResponseFormatError } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { BASE, loadRecording, stubRoute } from "../support/server.js";

const EMPTY = {
  holdings: [],
  total_portfolio_value: 0,
  totals_by_currency: {},
  accounts: [],
  statement_date: null,
  account_type: "investment",
  metadata: {
    has_pending_updates: false,
    last_updated: null,
    changed: false,
    changes: { added: 0, removed: 0, quantity_changed: 0, rows: [] },
    warnings: [],
    providers: {},
  },
};

describe("extractPortfolio", () => {
  test.each([undefined, null, {}, { holdings: null }, { holdings: {} }, { holdings: { portfolio_data: {} } }])(
    "every field gets a default for %j",
    (answer) => {
      expect(extractPortfolio(answer)).toEqual(EMPTY);
    },
  );

  test("present fields are kept", () => {
    const { body } = loadRecording("holdings");
    const { portfolio_data, portfolio_metadata } = body.holdings;
    expect(extractPortfolio(body)).toEqual({ ...portfolio_data, metadata: portfolio_metadata });
  });

  test.each([
    "holdings",
    "total_portfolio_value",
    "totals_by_currency",
    "accounts",
    "statement_date",
    "account_type",
  ] as const)("getHoldings returns the default if the API omits %s or sends null", async (field) => {
    for (const spoil of [
      (data: any) => delete data[field],
      (data: any) => {
        data[field] = null;
      },
    ]) {
      const { body } = loadRecording("holdings");
      spoil(body.holdings.portfolio_data);
      stubRoute("get", "/holdings", HttpResponse.json(body));
      const portfolio = await createClient({ baseUrl: BASE }).getHoldings();
      expect(portfolio).toEqual({ ...extractPortfolio(loadRecording("holdings").body), [field]: EMPTY[field] });
    }
  });

  test.each([undefined, null, { currency: "EUR", value: 12.5, rates: [{ from: "USD" }] }])(
    "getHoldings passes on the converted total %j, which older APIs omit",
    async (converted_total) => {
      const { body } = loadRecording("holdings");
      Object.assign(body.holdings.portfolio_data, { converted_total });
      stubRoute("get", "/holdings", HttpResponse.json(body));
      const portfolio = await createClient({ baseUrl: BASE }).getHoldings();
      expect(portfolio.converted_total).toEqual(converted_total);
    },
  );

  test.each([null, {}, { holdings: {} }, { holdings: { portfolio_data: null } }, { holdings: "?" }, []])(
    "getHoldings rejects %j instead of returning an empty portfolio",
    async (body) => {
      stubRoute("get", "/holdings", HttpResponse.json(body));
      await expect(createClient({ baseUrl: BASE }).getHoldings()).rejects.toBeInstanceOf(ResponseFormatError);
    },
  );

  test("a nested invalid field is named by its path", async () => {
    const { body } = loadRecording("holdings");
    body.holdings.portfolio_data.holdings[1].quantity = "12";
    stubRoute("get", "/holdings", HttpResponse.json(body));
    await expect(createClient({ baseUrl: BASE }).getHoldings()).rejects.toMatchObject({
      path: "holdings.portfolio_data.holdings.1.quantity",
    });
  });

  test.each([
    [{ USD: "1" }, "holdings.portfolio_data.totals_by_currency.USD: number expected"],
    [[1], "holdings.portfolio_data.totals_by_currency: object expected"],
    ["USD", "holdings.portfolio_data.totals_by_currency: object expected"],
  ])("the record %j is refused", async (totals, reason) => {
    const { body } = loadRecording("holdings");
    body.holdings.portfolio_data.totals_by_currency = totals;
    stubRoute("get", "/holdings", HttpResponse.json(body));
    await expect(createClient({ baseUrl: BASE }).getHoldings()).rejects.toThrow(reason);
  });

  test("a record keeps its keys, and an object drops what its schema does not name", async () => {
    const { body } = loadRecording("holdings");
    body.holdings.portfolio_data.totals_by_currency = { USD: 1, CHF: 2 };
    body.holdings.portfolio_data.holdings[0].later = "field";
    stubRoute("get", "/holdings", HttpResponse.json(body));
    const portfolio = await createClient({ baseUrl: BASE }).getHoldings();
    expect(portfolio.totals_by_currency).toEqual({ USD: 1, CHF: 2 });
    expect(portfolio.holdings[0]).not.toHaveProperty("later");
  });
});

describe("keepIdentity", () => {
  const fresh = extractPortfolio(loadRecording("holdings").body);

  test("the current id and name replace those of the new portfolio", () => {
    expect(keepIdentity({ id: "p1", name: "Mine" }, fresh)).toEqual({ ...fresh, id: "p1", name: "Mine" });
    expect(keepIdentity({ id: "p1", name: "Mine" }, { ...fresh, id: "other", name: "Other" })).toMatchObject({
      id: "p1",
      name: "Mine",
    });
  });

  test.each([null, undefined, {}])("nothing is copied from %j", (current) => {
    expect(keepIdentity(current, fresh)).toStrictEqual(fresh);
  });

  test.each([{ id: "p1" }, { name: "Mine" }])("only %j is copied if the current one has no more", (current) => {
    expect(keepIdentity(current, fresh)).toStrictEqual({ ...fresh, ...current });
  });
});
