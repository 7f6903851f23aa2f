import { type LocaleSettings, useLocalization } from "@tidings/react";
import { de } from "@tidings/react/locales/de";
import { renderHookInTab } from "../support/tab.js";

const danish = { ...de, language: "da" };
const brazilian = { ...de, language: "pt-BR" };

function renderLocalization(settings: LocaleSettings, locale?: string) {
  const { seen, renderAgain } = renderHookInTab(() => useLocalization(locale));
  renderAgain(settings);
  return { seen, renderAgain };
}

test.each<[string, LocaleSettings, string | undefined, ReturnType<typeof useLocalization>]>([
  ["the provider's", { locale: "de-CH", catalogues: [danish, de] }, undefined, { locale: "de-CH", catalogue: de }],
  ["in capitals", { locale: "DE", catalogues: [danish, de] }, undefined, { locale: "DE", catalogue: de }],
  ["a region's", { locale: "pt", catalogues: [de, brazilian] }, undefined, { locale: "pt", catalogue: brazilian }],
  ["without a catalogue", { locale: "fr", catalogues: [de] }, undefined, { locale: "fr", catalogue: undefined }],
  ["unknown", { catalogues: [de] }, undefined, { locale: undefined, catalogue: undefined }],
  ["one of no catalogues", { locale: "de" }, undefined, { locale: "de", catalogue: undefined }],
  ["an own one", { locale: "en", catalogues: [danish, de] }, "de", { locale: "de", catalogue: de }],
  ["an own English", { locale: "de", catalogues: [de] }, "en", { locale: "en", catalogue: undefined }],
])("a locale that is %s has the catalogue of its language", (_which, settings, own, expected) => {
  const { seen } = renderLocalization(settings, own);
  expect(seen.now).toEqual(expected);
  expect(seen.now.catalogue).toBe(expected.catalogue);
});

test("the localization keeps its identity until the locale or the catalogues change", () => {
  const catalogues = [de];
  const { seen, renderAgain } = renderLocalization({ locale: "de", catalogues });
  const before = seen.now;
  renderAgain({ locale: "de", catalogues });
  expect(seen.now).toBe(before);
  renderAgain({ locale: "da", catalogues });
  expect(seen.now).toEqual({ locale: "da", catalogue: undefined });
  renderAgain({ locale: "da", catalogues: [danish] });
  expect(seen.now).toEqual({ locale: "da", catalogue: danish });
});
