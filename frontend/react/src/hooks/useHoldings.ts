import { useQuery } from "@tanstack/react-query";
import type { ProviderName } from "../client/types.js";
import { tidingsQueries } from "../queries/queries.js";
import { useTidingsClient } from "./provider.js";
import type { HoldingsView } from "./types.js";

/** The stored portfolio: the merged one, or one provider's. Never makes a broker be asked. */
export function useHoldings(provider?: ProviderName): HoldingsView {
  const query = useQuery(tidingsQueries(useTidingsClient()).holdings(provider));
  const { data: portfolio, isLoading, isFetching, error, refetch } = query;
  return { portfolio, isLoading, isFetching, error, refetch };
}
