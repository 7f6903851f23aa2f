import { formatRelativeAge } from "./formats.js";
import { createTexts, type TextsOrLocale } from "./texts.js";

/** Format an age: "3 minutes ago". Never "now", because data is always older than its request. */
export function formatAge(iso: string, now: number, localization?: TextsOrLocale): string {
  const { texts } = createTexts(localization);
  return formatRelativeAge(iso, now, texts.language) ?? texts.age.now;
}
