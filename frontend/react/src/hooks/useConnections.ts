"use client";
import { type UseQueryResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Connection } from "../client/types.js";
import { invalidateInAllTabs } from "../queries/crossTabSync.js";
import { tidingsQueries } from "../queries/queries.js";
import { useTidingsClient } from "./provider.js";
import { extendResult, loadState, type QueryOptions, withOptions } from "./queryResult.js";
import type { Connected, ConnectionsView, DisconnectView } from "./types.js";

/** Load the connections. Accepts the options of a query. */
export function useConnections<Selected = Connection[]>(
  options: QueryOptions<Connection[], Selected> = {},
): ConnectionsView<Selected> {
  const query: UseQueryResult<Selected> = useQuery(
    withOptions(tidingsQueries(useTidingsClient()).connections(), options),
  );
  return extendResult(query, {
    get state() {
      return loadState(query, Array.isArray(query.data) && query.data.length === 0);
    },
    get connections() {
      return query.data;
    },
  });
}

/** Disconnect one connection or all. The server deletes the data fetched through them. */
export function useDisconnect(): DisconnectView {
  const client = useTidingsClient();
  const queryClient = useQueryClient();
  const { mutateAsync, isPending, error, variables } = useMutation({
    mutationFn: (connection: Connected | "all") => {
      if (connection === "all") return client.deleteAllConnections();
      const { provider, source_id } = connection;
      return provider === "plaid" ? client.deletePlaidItem(source_id) : client.deleteSnapTradeConnection(source_id);
    },
    networkMode: "always",
    onSettled: () => invalidateInAllTabs(queryClient, client),
  });
  return {
    disconnect: mutateAsync,
    disconnectAll: () => mutateAsync("all"),
    isPending,
    isDisconnecting: isPending,
    disconnecting: isPending ? variables : undefined,
    error,
  };
}
