import { listAccountTotals } from "../src/portfolio/accountHoldings.ts";
import { computeChange } from "../src/total/change.ts";
import { exact, multiply, toNumber } from "../src/total/decimals.ts";
import { computeTotalGain } from "../src/total/gain.ts";
import { account, CONVERTED, holding, point, rate, share } from "./support/factories.ts";

describe("exact sums", () => {
  test.each([0, 0.1, -12.345678, 1e-12, 1.5e21, 123456789012.34])("%j is kept", (value) => {
    expect(toNumber(exact(value))).toBe(value);
  });

  test("sums and products do not gather binary errors", () => {
    expect(toNumber(exact(0.1) + exact(0.2))).toBe(0.3);
    expect(toNumber(multiply(1.1, 1.1))).toBe(1.21);
  });
});

describe("the total gain", () => {
  const CAD = { ticker: "XIC", currency: "CAD" };

  test("is converted by the rates of each account's own day", () => {
    const rates = [
      rate({ rate: 0.5, date: "2026-02-12" }),
      rate({ rate: 0.6 }),
      rate({ from: "USD", rate: 1, date: null }),
    ];
    const sources = [
      share({ value: 100, cost_basis: 60, as_of: "2026-02-13T01:00:00Z" }),
      share({ value: 200, cost_basis: 100, as_of: "2026-02-19T01:00:00Z" }),
    ];
    const holdings = [holding(), holding({ ...CAD, value: 300, cost_basis: 160, sources })];
    expect(computeTotalGain({ holdings, converted_total: { ...CONVERTED, rates } })).toEqual({
      gains: [{ currency: "USD", amount: 314 + 20 + 60, cost: 2000 + 30 + 60, isConverted: true }],
      unknownCount: 0,
    });
  });

  test("leaves out and counts holdings of unknown cost or value, and cash", () => {
    const unknown = [holding({ cost_basis: null }), holding({ value: null })];
    const cash = holding({ is_cash: true, value: 500, cost_basis: null });
    expect(computeTotalGain({ holdings: [holding(), ...unknown, cash], converted_total: CONVERTED })).toEqual({
      gains: [{ currency: "USD", amount: 314, cost: 2000, isConverted: false }],
      unknownCount: 2,
    });
  });

  test("is one for each currency without rates, never a sum of two", () => {
    const holdings = [holding(), holding({ ...CAD, value: 30, cost_basis: 10 })];
    const { gains } = computeTotalGain({ holdings, converted_total: undefined });
    expect(gains.map(({ currency, amount }) => [currency, amount])).toEqual([
      ["USD", 314],
      ["CAD", 20],
    ]);
  });
});

describe("the change since the last update", () => {
  const days = [point("2026-02-10", 100), point("2026-02-17", 0.1), point("2026-02-19", 0.3)];
  const event = (at: string, kind: "added" | "removed" = "added") => ({
    kind,
    at,
    provider: "plaid" as const,
    source_id: "item-1",
  });

  test("is between the last two observed days", () => {
    expect(computeChange({ points: days, events: [event("2026-02-17T10:00:00Z")] })).toEqual({
      since: "2026-02-17",
      amounts: [{ currency: "USD", amount: 0.2, before: 0.1, isConverted: false }],
    });
  });

  test.each([
    ["added between them", event("2026-02-18T10:00:00Z")],
    ["removed after them", event("2026-02-20T10:00:00Z", "removed")],
  ])("is no figure if a source was %s", (_name, happened) => {
    expect(computeChange({ points: days, events: [happened] })?.amounts).toBeNull();
  });

  test("is no figure if one day has another source, or another currency without a rate", () => {
    const [before, after] = [point("2026-02-18", 1), point("2026-02-19", 2)];
    const other = { ...after, as_of: [...after.as_of, "2026-02-19T14:03:00Z"] };
    const partial = { ...after, converted_total: { ...after.converted_total, unconverted: { BTC: 1 } } };
    for (const changed of [other, partial]) {
      const points = [{ ...before, as_of: changed === other ? [...before.as_of, null] : before.as_of }, changed];
      expect(computeChange({ points, events: [] })?.amounts).toBeNull();
    }
  });

  test("is one for each currency without rates", () => {
    const points = [
      point("2026-02-18", null, { totals_by_currency: { CAD: 5, USD: 1 } }),
      point("2026-02-19", null, { totals_by_currency: { USD: 3 } }),
    ];
    expect(computeChange({ points, events: [] })?.amounts).toMatchObject([
      { currency: "CAD", amount: -5, before: 5 },
      { currency: "USD", amount: 2, before: 1 },
    ]);
  });

  test("needs two days", () => {
    expect(computeChange({ points: [point("2026-02-19", 1)], events: [] })).toBeNull();
  });
});

describe("an account's header", () => {
  const CAD = holding({ currency: "CAD", value: 0.2 });

  test("has the institution's total if the account holds its currency alone", () => {
    expect(listAccountTotals(account(), [holding()])).toEqual([{ currency: "USD", amount: 2500 }]);
  });

  test("has each currency that the account holds, as an exact sum", () => {
    expect(listAccountTotals(account(), [holding(), CAD, holding({ currency: "CAD", value: 0.1 })])).toEqual([
      { currency: "CAD", amount: 0.3 },
      { currency: "USD", amount: 2314 },
    ]);
  });

  test("has the holdings' currency if the institution states its total in another one", () => {
    expect(listAccountTotals(account(), [CAD])).toEqual([{ currency: "CAD", amount: 0.2 }]);
  });

  test("of an account that is not counted has the institution's total", () => {
    expect(listAccountTotals(account({ counted: false }), [holding(), CAD])).toEqual([
      { currency: "USD", amount: 2500 },
    ]);
  });
});
