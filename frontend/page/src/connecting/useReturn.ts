import { ApiError, type ConnectView, type ProviderName } from "@tidings/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { toast } from "sonner";
import { texts } from "../locales/texts.ts";
import { showErrorToast } from "../portfolio/toasts.ts";

const REDIRECT_PARAMETER = "connected";
const REPAIRED = "tidings:repaired-connection";
const { connections: labels } = texts;

/** Remember, until the provider redirects back, whether the user repairs a connection or adds one. */
export function rememberRepair(sourceId: string | undefined): void {
  if (sourceId === undefined) sessionStorage.removeItem(REPAIRED);
  else sessionStorage.setItem(REPAIRED, sourceId);
}

/** Build the URL to which the provider redirects the browser. */
export const buildRedirectUri = (): string => `${location.origin}${location.pathname}?${REDIRECT_PARAMETER}`;

/** A connection that the user has just made or repaired. */
export interface Returned {
  provider: ProviderName;
  sourceId: string | null;
  /** Whether it had holdings before, which only a refresh renews. */
  isRepaired: boolean;
}

export interface ReturnState {
  returned: Returned | null;
  /** Whether the connection is still being completed. */
  isCompleting: boolean;
  clear: () => void;
}

/** Complete the connection once after the provider's redirect. A cancelled or failed one gets a toast. */
export function useReturn({ complete }: Pick<ConnectView, "complete">): ReturnState {
  const isDone = useRef(false);
  const [isCompleting, setCompleting] = useState(hasReturned);
  const [returned, setReturned] = useState<Returned | null>(null);
  useEffect(() => {
    if (isDone.current || !hasReturned()) return;
    isDone.current = true;
    const parameters = new URLSearchParams(location.search);
    history.replaceState(null, "", location.pathname);
    finish(parameters, complete)
      .then((outcome) => {
        if (outcome === "cancelled") toast.info(labels.cancelled);
        else if (outcome === "failed") toast.error(labels.notCompleted, { description: labels.brokerFailed });
        else setReturned(outcome);
      })
      .catch((error: unknown) => showErrorToast(labels.notCompleted, error))
      .finally(() => setCompleting(false));
  }, [complete]);
  return { returned, isCompleting, clear: useCallback(() => setReturned(null), []) };
}

const hasReturned = () => new URLSearchParams(location.search).has(REDIRECT_PARAMETER);

type Outcome = Returned | "cancelled" | "failed";

/** Find out what the user did. SnapTrade says it in the URL; Plaid's link session knows it. */
async function finish(parameters: URLSearchParams, complete: ConnectView["complete"]): Promise<Outcome> {
  const isRepaired = sessionStorage.getItem(REPAIRED) !== null;
  switch (parameters.get("status")) {
    case "SUCCESS":
      return { provider: "snaptrade", sourceId: parameters.get("connection_id"), isRepaired };
    case "ABANDONED":
      return "cancelled";
    case "ERROR":
      return "failed";
  }
  try {
    const item = await complete();
    return { provider: "plaid", sourceId: item?.item_id ?? null, isRepaired };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return "cancelled";
    throw error;
  }
}
