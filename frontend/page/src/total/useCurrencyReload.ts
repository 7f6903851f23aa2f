import { useQueryClient } from "@tanstack/react-query";
import { type Portfolio, tidingsQueries, useTidingsClient } from "@tidings/react";
import { useEffect } from "react";
import { useCurrencyChoice } from "./currencyChoice.ts";

/**
 * Load the holdings again while the total is in another currency than the chosen one, also after a
 * refresh that began before the choice. The portfolio is a dependency, so that each response is compared once.
 */
export function useCurrencyReload(portfolio: Portfolio): void {
  const queries = useQueryClient();
  const client = useTidingsClient();
  const choice = useCurrencyChoice();
  const shown = portfolio.converted_total?.currency;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each portfolio is compared, also one in the same currency
  useEffect(() => {
    if (choice === null || shown === undefined || shown === choice) return;
    void queries.invalidateQueries({ queryKey: tidingsQueries(client).keys.holdings() });
  }, [choice, shown, portfolio, queries, client]);
}
