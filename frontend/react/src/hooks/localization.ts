"use client";
import { createContext, useContext, useMemo } from "react";
import type { Catalogue, Localization } from "../locales/types.js";

export interface LocaleSettings {
  /** A BCP 47 tag, such as "de-CH". It selects the words and formats the numbers. */
  locale?: string | undefined;
  /** The languages besides English, such as `de` of `@tidings/react/locales/de`. */
  catalogues?: readonly Catalogue[] | undefined;
}

export const LocaleContext = createContext<LocaleSettings>({});

const languageOf = (tag: string | undefined) => tag?.toLowerCase().split("-")[0];

/** Return the locale and its catalogue: for `describeRefresh` and the like. English has none, so that it need not load. */
export function useLocalization(locale?: string): Localization {
  const settings = useContext(LocaleContext);
  const tag = locale ?? settings.locale;
  const { catalogues } = settings;
  return useMemo(
    () => ({
      locale: tag,
      catalogue: catalogues?.find(({ language }) => languageOf(language) === languageOf(tag)),
    }),
    [catalogues, tag],
  );
}
