import type { RefreshDescription } from "@tidings/react";
import { toast } from "sonner";

const IDS = { wait: "wait", refresh: "refresh" };

/** Show a refresh as a toast; it replaces the previous one. A wait is not a failure, so it does not look like one. */
export function showRefreshToast({ kind, message }: RefreshDescription): void {
  switch (kind) {
    case "wait":
      toast.info(message, { id: IDS.wait });
      return;
    case "refreshed":
      toast.success("Refreshed", { id: IDS.refresh, description: message });
      return;
    case "partial":
      toast.warning("Partly refreshed", { id: IDS.refresh, description: message });
      return;
    case "reconnect":
      toast.warning("Reconnect needed", { id: IDS.refresh, description: message });
      return;
    case "not_connected":
      toast.info("No broker connected", { id: IDS.refresh, description: message });
      return;
    case "failed":
      toast.error("Refresh failed", { id: IDS.refresh, description: message.replace(/^Refresh failed[:.] /, "") });
  }
}

export function showErrorToast(title: string, error: unknown): void {
  toast.error(title, { description: error instanceof Error ? error.message : String(error) });
}
