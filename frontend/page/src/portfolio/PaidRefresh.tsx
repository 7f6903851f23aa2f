import { ApiError } from "@tidings/react";
import { usePaidRefresh } from "@tidings/react/paid";
import { texts } from "../locales/texts.ts";
import { showErrorToast } from "./toasts.ts";

const labels: Record<string, string> = texts.paid.statuses;

/** Offer a refresh that the provider charges for. Renders nothing if the deployment does not allow it. */
export function PaidRefresh() {
  const { start, providers, isRunning, error } = usePaidRefresh();
  if (error instanceof ApiError && error.slug === "paid-refresh-off") return null;
  const statuses = Object.values(providers).flatMap((provider) => labels[provider?.status ?? "idle"] ?? []);
  return (
    <div className="paid">
      <button
        type="button"
        className="tidings-button tidings-button--quiet"
        disabled={isRunning}
        onClick={() => void start().catch((reason: unknown) => showErrorToast(texts.paid.failed, reason))}
      >
        {texts.paid.button}
      </button>
      <output>{[...new Set(statuses)].join(" ")}</output>
    </div>
  );
}
