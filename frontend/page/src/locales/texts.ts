import { formatMessage, type Localization, type Message } from "@tidings/react";
import { de as packageDe } from "@tidings/react/locales/de";
import { de } from "./de.ts";
import { en } from "./en.ts";
import type { PageTexts } from "./types.ts";

/** The package's languages besides English. */
export const catalogues = [packageDe];

/** The browser's first language that the page speaks; else English. Numbers follow the same tag. */
export function chooseLocale(languages: readonly string[]): string | undefined {
  return languages.find((tag) => /^(en|de)\b/i.test(tag));
}

/** The page's language does not change while it is open: it is the browser's. */
export const locale: string | undefined = chooseLocale(navigator.languages);
const isGerman = locale?.toLowerCase().startsWith("de") ?? false;

export const texts: PageTexts = isGerman ? de : en;
export const localization: Localization = { locale, catalogue: isGerman ? packageDe : undefined };

export const say = (message: Message, values: Parameters<typeof formatMessage>[1] = {}): string =>
  formatMessage(message, values, { language: texts.language, locale });
