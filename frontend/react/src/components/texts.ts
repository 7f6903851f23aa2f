import { useMemo } from "react";
import { useLocalization } from "../hooks/localization.js";
import { en } from "../locales/en.js";
import { formatMessage, type MessageValues } from "../locales/formatMessage.js";
import type { Catalogue, Localization, Message } from "../locales/types.js";

/** The texts in one language, and the function that fills their placeholders. */
export interface LocalTexts {
  locale: string | undefined;
  texts: Catalogue;
  say: (message: Message, values?: MessageValues) => string;
}

/** What the functions of labels accept: a BCP 47 tag for numbers, or words too. */
export type TextsOrLocale = LocalTexts | Localization | string | undefined;

export function createTexts(localization: TextsOrLocale): LocalTexts {
  if (typeof localization === "object" && "say" in localization) return localization;
  const { locale, catalogue: texts = en } =
    typeof localization === "object" ? localization : { locale: localization, catalogue: undefined };
  const { language } = texts;
  return { locale, texts, say: (message, values = {}) => formatMessage(message, values, { language, locale }) };
}

export function useTexts(locale?: string): LocalTexts {
  const localization = useLocalization(locale);
  return useMemo(() => createTexts(localization), [localization]);
}
