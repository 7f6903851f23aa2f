import { describeRefresh, type RefreshResult } from "@tidings/react";
import { toast } from "sonner";

const IDS = { wait: "wait", refresh: "refresh" };

/** To have to wait is no failure, and does not look like one. */
export function tellToWait(seconds: number): void {
  toast.info(`Please wait ${seconds} s`, {
    id: IDS.wait,
    description: "Your broker was asked a moment ago. What you see is what it said.",
  });
}

/** One toast per outcome; a later one takes an earlier one's place. */
export function tellOfRefresh(result: RefreshResult): void {
  const { kind, message, seconds } = describeRefresh(result);
  switch (kind) {
    case "wait":
      tellToWait(seconds ?? 60);
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

export function tellOfFailure(what: string, error: unknown): void {
  toast.error(what, { description: error instanceof Error ? error.message : String(error) });
}
