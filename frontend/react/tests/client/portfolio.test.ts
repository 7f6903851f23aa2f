// @vitest-environment node
import { createClient, extractPortfolio, keepIdentity, ResponseFormatError } from "@tidings/react/client";
import { HttpResponse } from "msw";
import { answers, BASE, recorded } from "../support/server.js";

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
    "has a default for every field: %j",
    (answer) => {
      expect(extractPortfolio(answer)).toEqual(EMPTY);
    },
  );

  test("takes what there is", () => {
    const { body } = recorded("holdings");
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
  ] as const)("of the API too, when it omits %s or sends null", async (field) => {
    for (const spoil of [
      (data: any) => delete data[field],
      (data: any) => {
        data[field] = null;
      },
    ]) {
      const { body } = recorded("holdings");
      spoil(body.holdings.portfolio_data);
      answers("get", "/holdings", HttpResponse.json(body));
      const portfolio = await createClient({ baseUrl: BASE }).getHoldings();
      expect(portfolio).toEqual({ ...extractPortfolio(recorded("holdings").body), [field]: EMPTY[field] });
    }
  });

  test.each([{}, { holdings: {} }, { holdings: { portfolio_data: null } }, { holdings: "?" }, []])(
    "of the API never makes %j an empty portfolio",
    async (body) => {
      answers("get", "/holdings", HttpResponse.json(body));
      await expect(createClient({ baseUrl: BASE }).getHoldings()).rejects.toBeInstanceOf(ResponseFormatError);
    },
  );

  test("finds what is wrong within", async () => {
    const { body } = recorded("holdings");
    body.holdings.portfolio_data.holdings[1].quantity = "12";
    answers("get", "/holdings", HttpResponse.json(body));
    await expect(createClient({ baseUrl: BASE }).getHoldings()).rejects.toMatchObject({
      path: "holdings.portfolio_data.holdings.1.quantity",
    });
  });
});

describe("keepIdentity", () => {
  const fresh = extractPortfolio(recorded("holdings").body);

  test("keeps the current portfolio's id and name", () => {
    expect(keepIdentity({ id: "p1", name: "Mine" }, fresh)).toEqual({ ...fresh, id: "p1", name: "Mine" });
    expect(keepIdentity({ id: "p1", name: "Mine" }, { ...fresh, id: "other", name: "Other" })).toMatchObject({
      id: "p1",
      name: "Mine",
    });
  });

  test.each([null, undefined, {}])("has none to keep of %j", (current) => {
    expect(keepIdentity(current, fresh)).toEqual(fresh);
  });
});
