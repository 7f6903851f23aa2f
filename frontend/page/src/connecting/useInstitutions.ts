import { useQuery } from "@tanstack/react-query";
import { type Institution, type ProviderName, tidingsQueries, useTidingsClient } from "@tidings/react";

const STALE_AFTER_MS = 3_600_000;

export interface InstitutionsState {
  isLoading: boolean;
  /** Brokers that open directly. */
  brokers: readonly Institution[];
  /** Providers whose own page has a list of institutions; a provider that is not configured is absent. */
  providers: readonly ProviderName[];
}

/** Load what can be connected. If that fails, the providers' own lists are offered. */
export function useInstitutions(): InstitutionsState {
  const client = useTidingsClient();
  const { data, isPending } = useQuery({
    queryKey: [...tidingsQueries(client).keys.all, "institutions"],
    queryFn: ({ signal }) => client.getInstitutions({ signal }),
    staleTime: STALE_AFTER_MS,
    retry: false,
    networkMode: "always",
  });
  return {
    isLoading: isPending,
    brokers: data?.institutions ?? [],
    providers: data?.providers ?? ["plaid", "snaptrade"],
  };
}
