import { ApiError, PROVIDER_NAMES, type ProviderName, usePaidRefresh } from "@tidings/react";
import { tellOfFailure } from "./toasts.ts";

const WORDS: Record<string, string> = {
  pulling: "is asking your broker",
  arrived: "has news: refresh to see it",
  unavailable: "can’t be asked now",
  failed: "could not ask your broker",
};

/** Has the providers ask the brokers at once, for money. Where the deployment does not allow it, the offer goes. */
export function PaidRefresh() {
  const { start, providers, isRunning, error } = usePaidRefresh();
  if (error instanceof ApiError && error.slug === "paid-refresh-off") return null;
  const told = (Object.keys(providers) as ProviderName[]).flatMap((name) => {
    const words = WORDS[providers[name]?.status ?? "idle"];
    return words ? [`${PROVIDER_NAMES[name]} ${words}.`] : [];
  });
  return (
    <div className="paid">
      <button
        type="button"
        className="tidings-button tidings-button--quiet"
        disabled={isRunning}
        onClick={() =>
          void start().catch((reason: unknown) => tellOfFailure("Your brokers could not be asked", reason))
        }
      >
        Ask my brokers now (charged)
      </button>
      <output>{told.join(" ")}</output>
    </div>
  );
}
