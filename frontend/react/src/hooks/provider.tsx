"use client";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo } from "react";
import { loadLaterCalls } from "../client/loadLaterCalls.js";
import type { TidingsClient } from "../client/types.js";
import { listenToOtherTabs } from "../queries/crossTabSync.js";
import { followLiveUpdates } from "../queries/followLiveUpdates.js";
import { LocaleContext, type LocaleSettings } from "./localization.js";

const Context = createContext<TidingsClient | null>(null);

export interface TidingsProviderProps extends LocaleSettings {
  client: TidingsClient;
  children?: ReactNode;
}

/**
 * Provide the client and the language to the hooks and components below it. Requires TanStack Query's provider around
 * it. Create `catalogues` outside of components.
 */
export function TidingsProvider({ client, locale, catalogues, children }: TidingsProviderProps) {
  const queryClient = useQueryClient();
  useEffect(preloadLaterCalls, []);
  useEffect(() => listenToOtherTabs(queryClient, client), [queryClient, client]);
  useEffect(() => followLiveUpdates(queryClient, client), [queryClient, client]);
  const localeSettings = useMemo(() => ({ locale, catalogues }), [locale, catalogues]);
  return (
    <Context.Provider value={client}>
      <LocaleContext.Provider value={localeSettings}>{children}</LocaleContext.Provider>
    </Context.Provider>
  );
}

/** Load after the first render what a click needs: the host's next deployment may remove the file. */
function preloadLaterCalls() {
  loadLaterCalls().catch(() => undefined); // a call loads it again, and reports the error
}

export function useTidingsClient(): TidingsClient {
  const client = useContext(Context);
  if (client === null) throw new Error("There is no <TidingsProvider>.");
  return client;
}
