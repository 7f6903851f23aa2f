import { ApiError, PROVIDER_NAMES, type ProviderName, usePaidRefresh } from "@tidings/react";
import { showErrorToast } from "./toasts.ts";

const STATUS_LABELS: Record<string, string> = {
  pulling: "is requesting data from your broker",
  arrived: "has new data: refresh to see it",
  unavailable: "can’t request data now",
  failed: "could not request data from your broker",
};

/** Offer a refresh that the provider charges for. Renders nothing if the deployment does not allow it. */
export function PaidRefresh() {
  const { start, providers, isRunning, error } = usePaidRefresh();
  if (error instanceof ApiError && error.slug === "paid-refresh-off") return null;
  const statuses = (Object.keys(providers) as ProviderName[]).flatMap((name) => {
    const label = STATUS_LABELS[providers[name]?.status ?? "idle"];
    return label ? [`${PROVIDER_NAMES[name]} ${label}.`] : [];
  });
  return (
    <div className="paid">
      <button
        type="button"
        className="tidings-button tidings-button--quiet"
        disabled={isRunning}
        onClick={() =>
          void start().catch((reason: unknown) => showErrorToast("New data could not be requested", reason))
        }
      >
        Request new data now (charged)
      </button>
      <output>{statuses.join(" ")}</output>
    </div>
  );
}
