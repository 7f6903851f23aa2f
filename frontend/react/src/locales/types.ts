import type { en } from "./en.js";

/** A text with `{placeholders}`, or one text for each plural form of the language. */
export type Message = string | PluralMessage;
export type PluralMessage = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** The type of a catalogue, taken from the English one: plurals may have other forms, all else must be there. */
export type Translated<T> = T extends string
  ? string
  : T extends { one: string; other: string }
    ? PluralMessage
    : { [Key in keyof T]: Translated<T[Key]> };

/** All texts of the components and of `describeRefresh`, in one language. */
export type Catalogue = Translated<typeof en>;

/** What determines words and numbers. */
export interface Localization {
  /** A BCP 47 tag for numbers and dates. Default: the browser's. */
  locale?: string | undefined;
  /** Default: English. */
  catalogue?: Catalogue | undefined;
}
