import type { Translated } from "@tidings/react";
import type { en } from "./en.ts";

/** The page's texts in one language. */
export type PageTexts = Translated<typeof en>;
