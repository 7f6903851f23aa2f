import { useQuery } from "@tanstack/react-query";
import type { ProviderName } from "../client/types.js";
import { tidingsQueries } from "../queries/queries.js";
import { useTidingsClient } from "./provider.js";
import type { HoldingsView } from "./types.js";

/** Load the stored portfolio, merged or of one provider. Calls no provider. */
export function useHoldings(provider?: ProviderName): HoldingsView {
  const query = useQuery(tidingsQueries(useTidingsClient()).holdings(provider));
  const { data: portfolio, isLoading, isFetching, error, refetch } = query;
  return { portfolio, isLoading, isFetching, error, refetch };
}
