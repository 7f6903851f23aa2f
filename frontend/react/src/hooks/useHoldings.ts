"use client";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { Portfolio, ProviderName } from "../client/types.js";
import { tidingsQueries } from "../queries/queries.js";
import { useTidingsClient } from "./provider.js";
import { extendResult, loadState, type QueryOptions, withOptions } from "./queryResult.js";
import type { HoldingsView } from "./types.js";

/** Load the stored portfolio, merged or of one provider. Calls no provider. Accepts the options of a query. */
export function useHoldings<Selected = Portfolio>(
  provider?: ProviderName,
  options: QueryOptions<Portfolio, Selected> = {},
): HoldingsView<Selected> {
  const query: UseQueryResult<Selected> = useQuery(
    withOptions(tidingsQueries(useTidingsClient()).holdings(provider), options),
  );
  return extendResult(query, {
    get state() {
      return loadState(query, (query.data as Partial<Portfolio> | undefined)?.holdings?.length === 0);
    },
    get portfolio() {
      return query.data;
    },
  });
}
