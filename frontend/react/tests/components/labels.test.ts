import { formatAge, optionTitle, titleOf, typeLabel } from "@tidings/react";
import { reasonLabel, statusLabel } from "@tidings/react/connections";
import { de } from "../../src/locales/de.js";
import { cash, holding, share } from "../support/factories.js";
import { CONTRACT } from "../support/holdingsTable.js";

const option = { ...CONTRACT, contracts: 2, multiplier: 100 };
const unnamed = { ticker: null, name: null };

test.each([
  ["a security", holding(), "AAPL", "Apple Inc. · Equity"],
  ["one without a name", holding({ name: null }), "AAPL", "Equity"],
  ["one without a ticker", holding({ ticker: null }), "Apple Inc.", "Equity"],
  ["one with an ISIN alone", holding({ ...unnamed, isin: "US0378331005" }), "US0378331005", "Equity"],
  ["one with a CUSIP alone", holding({ ...unnamed, cusip: "037833100" }), "037833100", "Equity"],
  ["one that nothing names", holding(unnamed), "Unnamed security", "Equity"],
  ["a fund", holding({ type: "closed_end_fund" }), "AAPL", "Apple Inc. · Closed-end fund"],
  [
    "a bond",
    holding({ ...unnamed, type: "bond", isin: "X", coupon: 4.5, maturity: "2030-01-15" }),
    "X",
    "Bond · 4.5 % · until Jan 15, 2030",
  ],
  [
    "a bond without a coupon",
    holding({ type: "bond", maturity: "2030-01-15", name: null }),
    "AAPL",
    "Bond · until Jan 15, 2030",
  ],
  ["cash", cash("USD", 1), "USD cash", "Brokerage"],
  ["cash of an account without a name", { ...cash("EUR", 1), account_name: null }, "EUR cash", "Cash"],
  ["cash of two accounts", { ...cash("USD", 1), sources: [share(), share()] }, "USD cash", "2 accounts"],
  ["a call", holding({ option }), "AAPL $300 Call", "Option · expires Jan 21, 2028"],
  ["a put", holding({ option: { ...option, kind: "put" } }), "AAPL $300 Put", "Option · expires Jan 21, 2028"],
])("%s has a title and a detail", (_what, row, title, detail) => {
  expect(titleOf(row, "en-US")).toEqual({ title, detail });
});

test.each([
  [300, "USD", "AAPL $300 Call"],
  [12.5, "USD", "AAPL $12.50 Call"],
  [0.0625, "CAD", "AAPL CA$0.0625 Call"],
  [300, "XXX", "AAPL 300 Call"],
])("a strike of %s %s makes %j", (strike, currency, title) => {
  expect(optionTitle({ ...option, strike }, currency, "en-US")).toBe(title);
});

test("titles have the catalogue's words and the locale's numbers", () => {
  const german = { locale: "de-DE", catalogue: de };
  expect(optionTitle({ ...option, strike: 1234.5 }, "EUR", german)).toBe("AAPL 1.234,50\u00a0€ Call");
  expect(optionTitle({ ...option, strike: 1234.5 }, "EUR", "de-DE")).toBe("AAPL 1.234,50\u00a0€ Call");
  expect(titleOf(cash("EUR", 1), german).title).toBe("Guthaben in EUR");
  expect(typeLabel("constructor")).toBe("Constructor");
  expect(typeLabel("constructor", german)).toBe("Sonstiges");
});

test.each([
  ["ok", "Connected", "Verbunden"],
  ["expiring", "Expires soon", "Läuft bald ab"],
  ["reconnect_required", "Reconnect needed", "Neu verbinden nötig"],
  ["revoked", "Access has ended", "Zugang beendet"],
] as const)("the status %s has words in both languages", (status, english, german) => {
  expect(statusLabel(status)).toBe(english);
  expect(statusLabel(status, { catalogue: de })).toBe(german);
});

test.each([
  ["gone", "The connection no longer exists."],
  ["pending_disconnect:", "The connection ends soon."],
  ["pending_disconnect:soon", "The connection ends soon."],
  ["pending_disconnect:2026-03-01", "The connection ends soon: Mar 1, 2026."],
  ["pending_disconnect:2026-03-01T23:30:00+00:00", "The connection ends soon: Mar 1, 2026."],
  ["constructor", "The connection has a problem."],
  ["", "The connection has a problem."],
])("the reason %j is explained", (reason, text) => expect(reasonLabel(reason, "en-US")).toBe(text));

const NOW = Date.parse("2026-03-03T12:00:00Z");

test.each([
  ["2026-03-03T11:59:01Z", "less than a minute ago"],
  ["2026-03-03T11:59:00Z", "1 minute ago"],
  ["2026-03-03T11:00:01Z", "59 minutes ago"],
  ["2026-03-03T11:00:00Z", "1 hour ago"],
  ["2026-03-02T12:00:01Z", "23 hours ago"],
  ["2026-03-02T12:00:00Z", "1 day ago"],
])("the age of %s is %j", (iso, age) => expect(formatAge(iso, NOW, "en-US")).toBe(age));
