import { useMemo } from "react";
import { useLocalization } from "../hooks/localization.js";
import { ageMessages, bannerMessages, securityMessages, stateMessages, tableMessages } from "../locales/en.js";
import { formatMessage, type MessageValues } from "../locales/formatMessage.js";
import type { Catalogue, Localization, Message } from "../locales/types.js";

/** The English of the main entry point. Other entry points bring their own part. */
const english = {
  language: "en",
  age: ageMessages,
  banner: bannerMessages,
  states: stateMessages,
  table: tableMessages,
  security: securityMessages,
};

/** The texts in one language, and the function that fills their placeholders. */
export interface LocalTexts extends Localization {
  texts: Pick<Catalogue, keyof typeof english>;
  say: (message: Message, values?: MessageValues) => string;
}

/** What the functions of labels accept: a BCP 47 tag for numbers, or words too. */
export type TextsOrLocale = LocalTexts | Localization | string | undefined;

export function createTexts(localization: TextsOrLocale): LocalTexts {
  if (typeof localization === "object" && "say" in localization) return localization;
  const { locale, catalogue }: Localization =
    typeof localization === "object" ? localization : { locale: localization };
  const texts = catalogue ?? english;
  const { language } = texts;
  return {
    locale,
    catalogue,
    texts,
    say: (message, values = {}) => formatMessage(message, values, { language, locale }),
  };
}

export function useTexts(locale?: string): LocalTexts {
  const localization = useLocalization(locale);
  return useMemo(() => createTexts(localization), [localization]);
}
