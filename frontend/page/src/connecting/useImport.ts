import { useQueryClient } from "@tanstack/react-query";
import {
  type Connection,
  type ProviderName,
  tidingsQueries,
  useRefreshHoldings,
  useTidingsClient,
} from "@tidings/react";
import { useEffect, useState } from "react";
import { Importer, type ImportPhase } from "./Importer.ts";
import type { Returned } from "./useReturn.ts";

export interface ImportState {
  /** Null if there is nothing to import. */
  phase: ImportPhase | null;
  retry: () => void;
}

interface ImportSettings {
  connections: readonly Connection[] | undefined;
  returned: Returned | null;
  /** Whether a connection is still being completed: its import follows. */
  isPaused: boolean;
  onImported: (connections: Connection[]) => void;
  onReturnHandled: () => void;
}

/**
 * Import the holdings of a provider's connections that were never fetched, without a click: after the redirect, and when
 * a page finds such a connection. Of several tabs one imports at a time.
 */
export function useImport(provider: ProviderName, settings: ImportSettings): ImportState {
  const { connections = [], returned, isPaused, onImported, onReturnHandled } = settings;
  const { refresh } = useRefreshHoldings();
  const queries = useQueryClient();
  const client = useTidingsClient();
  const [phase, setPhase] = useState<ImportPhase | null>(null);
  const host = {
    lockName: `tidings import ${client.baseUrl} ${provider}`,
    refresh: () => refresh({ [provider]: true }),
    fetchConnections: () => queries.fetchQuery({ ...tidingsQueries(client).connections(), staleTime: 0 }),
    onPhase: setPhase,
    onImported,
    onReturnHandled,
  };
  const [importer] = useState(() => new Importer(provider, host));

  useEffect(() => {
    importer.start();
    return () => importer.stop();
  }, [importer]);

  // After each render, since the end of an import renders too: what it left over is checked then.
  useEffect(() => {
    importer.setHost(host);
    if (!isPaused) importer.check(connections, returned?.provider === provider ? returned : null);
  });

  const retry = () => {
    importer.retry();
    setPhase({ kind: "importing" });
  };
  return { phase, retry };
}
