"use client";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect } from "react";
import type { TidingsClient } from "../client/types.js";
import { listenToOtherTabs } from "../queries/crossTabSync.js";

const Context = createContext<TidingsClient | null>(null);

/** Provide the client to the hooks and components below it. Requires TanStack Query's provider around it. */
export function TidingsProvider({ client, children }: { client: TidingsClient; children?: ReactNode }) {
  const queryClient = useQueryClient();
  useEffect(() => listenToOtherTabs(queryClient, client), [queryClient, client]);
  return <Context.Provider value={client}>{children}</Context.Provider>;
}

export function useTidingsClient(): TidingsClient {
  const client = useContext(Context);
  if (client === null) throw new Error("Put a <TidingsProvider client={…}> around the components that use Tidings.");
  return client;
}
