import {
  formatDay,
  formatGain,
  formatInstant,
  formatMoney,
  formatPercent,
  formatQuantity,
  splitAmount,
  tailWidth,
} from "@tidings/react";
import { measureTails } from "../../src/components/Amount.js";
import { formatPrice } from "../../src/components/formats.js";
import { holding } from "../support/factories.js";
import { CONTRACT } from "../support/holdingsTable.js";

test.each([
  [1234.5, "USD", "en-US", "$1,234.50"],
  [1234.5, "EUR", "de-DE", "1.234,50\u00a0€"],
  [1234.5, "JPY", "en-US", "¥1,235"],
  [1234.5, "XXX", "en-US", "1,234.50"],
  [1234.567, "BTC2", "en-US", "1,234.57 BTC2"],
  [1, "usd", "en-US", "1.00 usd"],
  [1, "USDT", "en-US", "1.00 USDT"],
  [-1, "USD", "en-US", "-$1.00"],
  [null, "USD", "en-US", "—"],
])("%s %s in %s is the amount %j", (value, currency, locale, text) => {
  expect(formatMoney(value, currency, locale)).toBe(text);
});

test.each([
  [5, "+$5.00"],
  [0, "$0.00"],
  [-5, "-$5.00"],
  [null, "—"],
])("a gain of %s is %j", (value, text) => expect(formatGain(value, "USD", "en-US")).toBe(text));

test.each([
  [5, "$5.00"],
  [1, "$1.00"],
  [1.23456, "$1.2346"],
  [-1.23456, "-$1.2346"],
  [0.1234567, "$0.123457"],
  [-0.1234567, "-$0.123457"],
  [null, "—"],
])("a price of %s is %j", (value, text) => expect(formatPrice(value, "USD", "en-US")).toBe(text));

test("numbers, shares and dates follow the locale", () => {
  expect(formatQuantity(1234.123456789, "en-US")).toBe("1,234.12345679");
  expect(formatQuantity(1234.5, "de-DE")).toBe("1.234,5");
  expect(formatQuantity(null)).toBe("—");
  expect(formatPercent(0.12345, "en-US")).toBe("12.3%");
  expect(formatPercent(0.5, "en-US", true)).toBe("+50.0%");
  expect(formatPercent(-0.5, "en-US")).toBe("-50.0%");
  expect(formatPercent(0, "en-US", true)).toBe("0.0%");
  expect(formatDay("2028-01-21", "en-US")).toBe("Jan 21, 2028");
  expect(formatDay("2028-01-21T23:59:59-05:00", "de-DE")).toBe("21.01.2028");
  expect(formatInstant("2026-02-19T14:03:00Z", "en-US")).toMatch(/^Feb (19|20), 2026, \d+:\d\d.[AP]M$/);
});

test.each([
  ["$1,234.50", "en-US", ["$1,234", ".50"]],
  ["-$1,234.56", "en-US", ["-$1,234", ".56"]],
  ["0.50 BTC", "en-US", ["0", ".50 BTC"]],
  ["1.234,56\u00a0€", "de-DE", ["1.234", ",56\u00a0€"]],
  ["1.234\u00a0¥", "de-DE", ["1.234", "\u00a0¥"]],
  ["¥1,234", "en-US", ["¥1,234", ""]],
  ["1.234,50 €", "de-DE", ["1.234", ",50 €"]],
  ["1.234 €", "de-DE", ["1.234", " €"]],
  ["¥1,235", "en-US", ["¥1,235", ""]],
  [".50", "en-US", ["", ".50"]],
  ["𞥑.𞥒𞥕", "en-u-nu-adlm", ["𞥑", ".𞥒𞥕"]],
  ["—", "en-US", ["", "—"]],
])("%j in %s is split before its decimals", (text, locale, parts) => {
  expect(splitAmount(text, locale)).toEqual(parts);
});

test.each([
  [0, "0ch"],
  [3, "2.6ch"],
])("%s characters of decimals are %s wide", (characters, width) => expect(tailWidth(characters)).toBe(width));

const option = { ...CONTRACT, contracts: 2.25, multiplier: 100 };

test.each([
  ["whole numbers", [holding()], "0ch", "2.6ch"],
  ["the longest quantity", [holding({ quantity: 1.5 }), holding({ quantity: 1.125 }), holding()], "3.6ch", "2.6ch"],
  ["a quantity of many decimals", [holding({ quantity: 0.12345678912 })], "8.6ch", "2.6ch"],
  ["contracts, not shares", [holding({ quantity: 1.12345, option })], "2.6ch", "2.6ch"],
  [
    "shares without known contracts",
    [holding({ quantity: 1.5, option: { ...option, contracts: null } })],
    "1.6ch",
    "2.6ch",
  ],
  ["unknown numbers", [holding({ quantity: null, price: null })], "0ch", "2.6ch"],
  ["the longest price", [holding({ price: 1.125 }), holding()], "0ch", "3.6ch"],
  ["a price of many decimals", [holding({ price: 1.1234567 })], "0ch", "4.6ch"],
  ["a negative price of many decimals", [holding({ price: -1.1234567 })], "0ch", "4.6ch"],
  ["a price of one", [holding({ price: 1.0000001 })], "0ch", "4.6ch"],
  ["a price below one", [holding({ price: 0.12345678 })], "0ch", "6.6ch"],
])("a column is as wide as %s", (_what, rows, quantity, price) => {
  expect(measureTails(rows, "en-US")).toEqual({
    "--tidings-tail": "2.6ch",
    "--tidings-tail-quantity": quantity,
    "--tidings-tail-price": price,
  });
});

test("a currency without decimals takes no space for them, beside one that has some", () => {
  const yen = holding({ currency: "JPY" });
  expect(measureTails([yen], "en-US")).toMatchObject({ "--tidings-tail": "0ch", "--tidings-tail-price": "0ch" });
  expect(measureTails([yen, holding()], "en-US")).toMatchObject({ "--tidings-tail": "2.6ch" });
  expect(measureTails([holding({ currency: "EUR" })], "de-DE")).toMatchObject({ "--tidings-tail": "4.6ch" });
});
