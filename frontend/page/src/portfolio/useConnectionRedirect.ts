import type { ConnectView } from "@tidings/react";
import { useEffect, useRef } from "react";
import { toast } from "sonner";
import { say, texts } from "../locales/texts.ts";
import { showErrorToast } from "./toasts.ts";

const REDIRECT_PARAMETER = "connected";

/** Build the URL to which the provider redirects the browser. */
export const buildRedirectUri = (): string => `${location.origin}${location.pathname}?${REDIRECT_PARAMETER}`;

/** Complete the connection once after the provider's redirect, and show a toast. */
export function useConnectionRedirect({ complete }: Pick<ConnectView, "complete">, onConnected: () => void): void {
  const isDone = useRef(false);
  useEffect(() => {
    if (isDone.current || !new URLSearchParams(location.search).has(REDIRECT_PARAMETER)) return;
    isDone.current = true;
    history.replaceState(null, "", location.pathname);
    complete()
      .then((item) => {
        const name = item?.institution ?? texts.connections.yourBroker;
        toast.success(say(texts.connections.connected, { name }), { description: texts.connections.holdingsFollow });
        onConnected();
      })
      .catch((error: unknown) => showErrorToast(texts.connections.notCompleted, error));
  }, [complete, onConnected]);
}
