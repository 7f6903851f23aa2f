import { formatRelativeAge } from "./formats.js";
import { createWords, type WordsOrLocale } from "./words.js";

/** Format an age: "3 minutes ago". Never "now", because data is always older than its request. */
export function formatAge(iso: string, now: number, localization?: WordsOrLocale): string {
  const { texts } = createWords(localization);
  return formatRelativeAge(iso, now, texts.language) ?? texts.age.now;
}
