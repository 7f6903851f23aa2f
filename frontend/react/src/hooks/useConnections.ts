import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { invalidateInAllTabs } from "../queries/crossTabSync.js";
import { tidingsQueries } from "../queries/queries.js";
import { useTidingsClient } from "./provider.js";
import type { Connected, ConnectionsView, DisconnectView } from "./types.js";

export function useConnections(): ConnectionsView {
  const query = useQuery(tidingsQueries(useTidingsClient()).connections());
  const { data: connections, isLoading, error, refetch } = query;
  return { connections, isLoading, error, refetch };
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
    isDisconnecting: isPending,
    disconnecting: isPending ? variables : undefined,
    error,
  };
}
