import type { RefreshDescription } from "@tidings/react";
import { toast } from "sonner";
import { texts } from "../locales/texts.ts";

const { toasts: titles } = texts;

const IDS = { wait: "wait", refresh: "refresh" };

/** Leave out the message's first words if they are the toast's title. */
const withoutTitle = (message: string): string =>
  message.startsWith(titles.failed) ? message.slice(titles.failed.length).replace(/^[:.] /, "") : message;

/** Show a refresh as a toast; it replaces the previous one. A wait is not a failure, so it does not look like one. */
export function showRefreshToast({ kind, message }: RefreshDescription): void {
  switch (kind) {
    case "wait":
      toast.info(message, { id: IDS.wait });
      return;
    case "refreshed":
      toast.success(titles.refreshed, { id: IDS.refresh, description: message });
      return;
    case "partial":
      toast.warning(titles.partial, { id: IDS.refresh, description: message });
      return;
    case "reconnect":
      toast.warning(titles.reconnect, { id: IDS.refresh, description: message });
      return;
    case "not_connected":
      toast.info(titles.notConnected, { id: IDS.refresh, description: message });
      return;
    case "nothing_to_do":
      toast.info(titles.nothingToDo, { id: IDS.refresh, description: message });
      return;
    case "failed":
      toast.error(titles.failed, { id: IDS.refresh, description: withoutTitle(message) });
  }
}

export function showErrorToast(title: string, error: unknown): void {
  toast.error(title, { description: error instanceof Error ? error.message : String(error) });
}
