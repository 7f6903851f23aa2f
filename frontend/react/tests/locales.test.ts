import { type Catalogue, formatAge, type Message, typeLabel } from "@tidings/react";
import { ApiError, NetworkError } from "@tidings/react/client";
import { reasonLabel } from "@tidings/react/connections";
import { describeRefresh, describeWait } from "@tidings/react/intents";
import { valuationLabel } from "../src/components/labels.js";
import { createTexts } from "../src/components/texts.js";
import { de } from "../src/locales/de.js";
import { en } from "../src/locales/en.js";
import { formatMessage, type MessageValues } from "../src/locales/formatMessage.js";

type Texts = { [name: string]: Message | Texts };

/** List a catalogue's messages by their path. A plural is one message. */
function listMessages(texts: Texts, path = ""): [string, string[]][] {
  return Object.entries(texts).flatMap(([name, value]): [string, string[]][] => {
    const key = `${path}/${name}`;
    if (typeof value === "string") return [[key, [value]]];
    const isPlural = typeof value.other === "string" && typeof value.one === "string";
    return isPlural ? [[key, Object.values(value as Record<string, string>)]] : listMessages(value as Texts, key);
  });
}

const messages = (catalogue: Catalogue) => new Map(listMessages(catalogue as unknown as Texts));
const placeholders = (forms: string[]) => new Set(forms.flatMap((form) => form.match(/\{\w+\}/g) ?? []));

test("German has every message of English, and no other but what English takes from the API", () => {
  const german = [...messages(de).keys()];
  expect(german).toEqual(expect.arrayContaining([...messages(en).keys()]));
  const additional = german.filter((key) => !messages(en).has(key));
  expect(additional.filter((key) => !/^\/security\/(types|readings)\//.test(key))).toEqual([]);
});

test.each([
  ["mutual_fund", "Mutual fund", "Investmentfonds"],
  ["etf", "ETF", "ETF"],
  ["something_new", "Something new", "Sonstiges"],
])("the type %s is named in both languages", (type, english, german) => {
  expect(typeLabel(type)).toBe(english);
  expect(typeLabel(type, { catalogue: de })).toBe(german);
});

test.each([
  ["per_100", "total", "Der Kurs gilt für 100 des Nennwerts. Der Gesamtwert des Kontos bestätigt das."],
  ["shares", "stored", /^Die Anzahl Ihres Brokers zählt Aktien\. Ein früherer Gesamtwert/],
  ["a_new_reading", "total", "The API's own sentence."],
] as const)("the reading %s by %s is explained in German, a new one by the API's sentence", (reading, by, text) => {
  const valuation = { reading, by, detail: "The API's own sentence." };
  expect(valuationLabel(valuation, createTexts({ catalogue: de }))).toMatch(text);
  expect(valuationLabel(valuation, createTexts("en"))).toBe(valuation.detail);
});

test("German uses no placeholder that English lacks", () => {
  for (const [key, forms] of messages(de)) {
    const known = placeholders(messages(en).get(key) ?? []);
    expect(
      [...placeholders(forms)].filter((name) => !known.has(name)),
      key,
    ).toEqual([]);
  }
});

test.each([en, de])("no text of $language is empty", (catalogue) => {
  const empty = [...messages(catalogue)].filter(([, forms]) => forms.some((form) => form.trim() === ""));
  expect(empty).toEqual([]);
});

test("a plural has every form that its language needs", () => {
  for (const catalogue of [en, de]) {
    const { pluralCategories } = new Intl.PluralRules(catalogue.language).resolvedOptions();
    expect(Object.keys(catalogue.table.count).sort()).toEqual([...pluralCategories].sort());
  }
});

test.each([
  [1, "en", undefined, "1 holding"],
  [12_345, "en", "de", "12.345 holdings"],
  [0, "en", "en", "0 holdings"],
])("a count of %s is said in %s with numbers of %s", (count, language, locale, text) => {
  expect(formatMessage(en.table.count, { count }, { language, locale })).toBe(text);
});

test.each([
  ["a placeholder without a value is left out", "Hello {name}!", {}, "Hello !"],
  ["each placeholder is filled, wherever it stands", "{b} {a} {b}", { a: 1, b: "x" }, "x 1 x"],
  ["null is left out", "{name}.", { name: null }, "."],
  ["numbers have the locale's format", "{n}", { n: 1234.5 }, "1,234.5"],
  ["a plural without the form takes the other one", { other: "{count} things" }, { count: 1 }, "1 things"],
  ["a plural has the form of its count", { one: "one", other: "many" }, { count: 1 }, "one"],
  ["a plural without a count takes the other one", { one: "one", other: "many" }, {}, "many"],
] satisfies [string, Message, MessageValues, string][])("%s", (_rule, message, values, text) => {
  expect(formatMessage(message, values, { language: "en", locale: "en-US" })).toBe(text);
});

test("a refresh is described in German, with German numbers", () => {
  const localization = { locale: "de", catalogue: de };
  expect(describeWait(1500, "provider-busy", localization).message).toBe(
    "Gerade aktualisieren zu viele gleichzeitig. Bitte warten Sie noch 1.500 s, bevor Sie wieder aktualisieren.",
  );
  expect(describeRefresh(new NetworkError(null), localization).message).toBe(
    "Die Aktualisierung ist fehlgeschlagen: der Server ist nicht erreichbar.",
  );
});

test("an unknown problem never shows the server's English text", () => {
  const error = new ApiError({ status: 500, slug: "new-problem", title: "Something new" });
  expect(describeRefresh(error, { catalogue: de }).message).not.toContain("Something");
  expect(describeRefresh(error).message).toBe("Refresh failed: something went wrong on our side.");
});

test("ages and reasons follow the catalogue", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");
  expect(formatAge("2026-03-01T11:57:00Z", now, { catalogue: de })).toBe("vor 3 Minuten");
  expect(formatAge("2026-03-01T11:59:59Z", now, { catalogue: de })).toBe("vor weniger als einer Minute");
  expect(reasonLabel("pending_expiration:2026-04-02", { locale: "de", catalogue: de })).toBe(
    "Die Erlaubnis endet bald: 02.04.2026.",
  );
});

test("a refresh of no provider says that there was nothing to do", () => {
  expect(describeRefresh({ portfolio: null, error: null, outcomes: {} })).toEqual({
    kind: "nothing_to_do",
    message: "There was nothing to refresh.",
  });
});
