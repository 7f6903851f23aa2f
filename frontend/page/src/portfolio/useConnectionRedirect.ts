import type { ConnectView } from "@tidings/react";
import { useEffect, useRef } from "react";
import { toast } from "sonner";
import { tellOfFailure } from "./toasts.ts";

const MARK = "connected";

/** Where the providers send the browser back to. */
export const returnAddress = (): string => `${location.origin}${location.pathname}?${MARK}`;

/** Back from a provider's page: completes what was begun there, once, and says so. */
export function useReturn({ complete }: Pick<ConnectView, "complete">, onConnected: () => void): void {
  const isDone = useRef(false);
  useEffect(() => {
    if (isDone.current || !new URLSearchParams(location.search).has(MARK)) return;
    isDone.current = true;
    history.replaceState(null, "", location.pathname);
    complete()
      .then((item) => {
        const name = item?.institution ?? "Your broker";
        toast.success(`${name} is connected`, { description: "Its first holdings come with a refresh." });
        onConnected();
      })
      .catch((error: unknown) => tellOfFailure("The connection could not be completed", error));
  }, [complete, onConnected]);
}
