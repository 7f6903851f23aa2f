"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { LinkedItem, ProviderName, TidingsClient } from "../client/types.js";
import { invalidateInAllTabs } from "../queries/crossTabSync.js";
import { useTidingsClient } from "./provider.js";
import type { ConnectRequest, ConnectSettings, ConnectView } from "./types.js";

const LINK_TOKEN = "tidings:plaid-link-token";

/** Connect or reconnect through the provider's own page. */
export function useConnect(settings: ConnectSettings = {}): ConnectView {
  const client = useTidingsClient();
  const queryClient = useQueryClient();
  const { redirectUri, open = (url: string) => location.assign(url) } = settings;

  const connecting = useMutation({
    mutationFn: async ({ provider, ...request }: ConnectRequest & { provider: ProviderName }) => {
      open(await connectionUrl(client, provider, { ...request, redirectUri: redirectUri ?? currentPage() }));
    },
    networkMode: "always",
  });
  const completing = useMutation({
    mutationFn: (linkToken: string) => client.completePlaidConnection(linkToken),
    networkMode: "always",
    onSettled: () => invalidateInAllTabs(queryClient, client),
  });

  const { mutateAsync: completeWith } = completing;
  // Remove the token before the first await: React runs effects twice in StrictMode, and the token works once.
  const complete = useCallback(async (): Promise<LinkedItem | null> => {
    const linkToken = sessionStorage.getItem(LINK_TOKEN);
    sessionStorage.removeItem(LINK_TOKEN);
    if (linkToken !== null) return completeWith(linkToken);
    await invalidateInAllTabs(queryClient, client);
    return null;
  }, [completeWith, queryClient, client]);

  const isPending = connecting.isPending || completing.isPending;
  return {
    connect: (provider, request) => connecting.mutateAsync({ ...request, provider }),
    complete,
    isPending,
    isConnecting: isPending,
    error: connecting.error ?? completing.error,
  };
}

async function connectionUrl(
  client: TidingsClient,
  provider: ProviderName,
  request: ConnectRequest & { redirectUri: string },
): Promise<string> {
  if (provider === "snaptrade") return (await client.createSnapTradeConnectionUrl(request)).connection_url;
  const { link_token, connection_url } = await client.createPlaidConnectionUrl(request);
  sessionStorage.setItem(LINK_TOKEN, link_token);
  return connection_url;
}

const currentPage = () => location.origin + location.pathname;
