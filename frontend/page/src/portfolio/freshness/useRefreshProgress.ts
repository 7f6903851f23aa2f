import type { Connection } from "@tidings/react";
import { useConnections } from "@tidings/react/connections";
import { useState } from "react";

const LOOK_MS = 2_000;

/**
 * List the connections that a running refresh has finished. The refresh responds once, at its end, but the server
 * stores each connection's data as it arrives, and the list of connections dates it.
 */
export function useRefreshProgress(isRefreshing: boolean): readonly Connection[] {
  const { data } = useConnections({ refetchInterval: isRefreshing && LOOK_MS });
  const [before, setBefore] = useState<readonly Connection[] | null>(null);
  if (isRefreshing && before === null && data) setBefore(data);
  if (!isRefreshing && before !== null) setBefore(null);
  if (before === null || !data) return [];
  const earlier = new Map(before.map((connection) => [connection.source_id, connection.last_fetched_at]));
  return data.filter(
    ({ source_id: id, last_fetched_at: at }) => at !== null && earlier.has(id) && earlier.get(id) !== at,
  );
}
