import { de } from "../src/locales/de.ts";
import { en } from "../src/locales/en.ts";
import { chooseLocale } from "../src/locales/texts.ts";

type Texts = { [name: string]: string | Texts };

const list = (texts: Texts, path = ""): [string, string][] =>
  Object.entries(texts).flatMap(([name, value]): [string, string][] =>
    typeof value === "string" ? [[`${path}/${name}`, value]] : list(value, `${path}/${name}`),
  );
const placeholders = (text: string) => new Set(text.match(/\{\w+\}/g) ?? []);

test("German has every text of English, and no placeholder that English lacks", () => {
  const english = new Map(list(en));
  const german = list(de as unknown as Texts);
  expect(german.map(([key]) => key)).toEqual([...english.keys()]);
  for (const [key, text] of german) {
    const known = placeholders(english.get(key) ?? "");
    expect(
      [...placeholders(text)].filter((name) => !known.has(name)),
      key,
    ).toEqual([]);
  }
});

test.each([
  [["fr-FR", "de-AT", "en"], "de-AT"],
  [["en-GB", "de"], "en-GB"],
  [["fr"], undefined],
])("of the browser's languages %j the page speaks %s", (languages, locale) => {
  expect(chooseLocale(languages)).toBe(locale);
});
