import { useMutation, useQuery } from "@tanstack/react-query";
import { ApiError, PROVIDER_NAMES, type ProviderName, tidingsQueries, useTidingsClient } from "@tidings/react";
import { tellOfFailure } from "./toasts.ts";

const WORDS = {
  idle: "not asked",
  pulling: "is asking your broker",
  arrived: "has news: refresh to see it",
  unavailable: "can’t be asked now",
  failed: "could not ask your broker",
} as const;

/** Has the providers ask the brokers at once, for money. A deployment that does not allow it says so, and the offer goes. */
export function PaidRefresh() {
  const client = useTidingsClient();
  const pulls = useQuery(tidingsQueries(client).paidRefresh());
  const start = useMutation({
    mutationFn: () => client.startPaidRefresh(),
    onSuccess: () => pulls.refetch(),
    onError: (error) => tellOfFailure("Your brokers could not be asked", error),
  });
  if (start.error instanceof ApiError && start.error.slug === "paid-refresh-off") return null;
  const states = Object.entries(pulls.data?.providers ?? {}) as [ProviderName, { status: keyof typeof WORDS }][];
  return (
    <div className="paid">
      <button
        type="button"
        className="tidings-button tidings-button--quiet"
        disabled={start.isPending || isPulling(pulls.data?.providers)}
        onClick={() => start.mutate()}
      >
        Ask my brokers now (charged)
      </button>
      <output>
        {states
          .filter(([, { status }]) => status !== "idle")
          .map(([name, { status }]) => `${PROVIDER_NAMES[name]} ${WORDS[status]}.`)
          .join(" ")}
      </output>
    </div>
  );
}

const isPulling = (providers: Partial<Record<ProviderName, { status: string }>> | undefined) =>
  Object.values(providers ?? {}).some(({ status }) => status === "pulling");
