import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type Portfolio, tidingsQueries, useTidingsClient } from "@tidings/react";

const STALE_MS = 300_000;

/** Load the history in the currency of the portfolio's total. Its key is below the holdings', so a refresh reloads it. */
export function useHistory(portfolio: Portfolio) {
  const client = useTidingsClient();
  const { keys } = tidingsQueries(client);
  const { converted_total: total, metadata } = portfolio;
  return useQuery({
    queryKey: [...keys.allHoldings, "history", metadata.last_updated, total?.currency],
    queryFn: ({ signal }) => client.getHistory({ signal }),
    staleTime: STALE_MS,
    placeholderData: keepPreviousData,
    retry: false,
    networkMode: "always",
  });
}

/** Load the newest sets of changes. */
export function useChanges() {
  const client = useTidingsClient();
  return useQuery({
    queryKey: [...tidingsQueries(client).keys.allHoldings, "changes"],
    queryFn: ({ signal }) => client.getChanges({ signal }),
    staleTime: STALE_MS,
    retry: false,
    networkMode: "always",
  });
}
