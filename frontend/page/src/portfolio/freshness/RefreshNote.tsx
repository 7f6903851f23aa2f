import { ApiError, NetworkError, type RefreshResult } from "@tidings/react";
import { explainError } from "@tidings/react/intents";
import { nameConnection } from "../../connecting/nameConnection.ts";
import { locale, localization, say, texts } from "../../locales/texts.ts";
import { summarizeChanges } from "./changes.ts";
import type { Network } from "./describeFreshness.ts";
import type { RefreshOutcome } from "./useRefreshOutcome.ts";
import { useRefreshProgress } from "./useRefreshProgress.ts";

const { freshness: labels } = texts;
const WAITS: Record<string, string> = labels.waits;

interface RefreshNoteProps {
  outcome: RefreshOutcome;
  network: Network;
}

/** Tell what a refresh does, changed, or why it was refused or failed. The user can dismiss what does not end by itself. */
export function RefreshNote({ outcome, network }: RefreshNoteProps) {
  const { result, isRefreshing, waitSeconds, dismiss } = outcome;
  const progress = useProgressText(isRefreshing);
  const said = progress ?? (result && waitText(result, waitSeconds));
  const note = said ?? (result && resultText(result, network));
  return (
    <div className="freshness__note" role="status">
      {note && <span>{note}</span>}
      {note && !said && (
        <button type="button" className="freshness__link" onClick={dismiss}>
          {labels.dismiss}
        </button>
      )}
    </div>
  );
}

function useProgressText(isRefreshing: boolean): string | null {
  const done = useRefreshProgress(isRefreshing).map(nameConnection);
  if (!isRefreshing) return null;
  if (done.length === 0) return labels.started;
  const names = new Intl.ListFormat(locale ?? texts.language).format(done);
  return say(labels.progress, { count: done.length, names });
}

/** Say why a refresh was refused. The button counts the seconds. */
function waitText({ error }: RefreshResult, waitSeconds: number): string | null {
  if (waitSeconds === 0 || !(error instanceof ApiError)) return null;
  return WAITS[error.slug ?? "other"] ?? labels.waits.other;
}

/** Say what a refresh did, unless the line above does: it tells of an outage and of what needs the user. */
function resultText(result: RefreshResult, network: Network): string | null {
  const { error, status, portfolio } = result;
  if (error === null) return summarizeChanges(result);
  const isInLine =
    portfolio !== null ||
    status === 429 ||
    (error instanceof ApiError && error.slug === "reconnect-required") ||
    (error instanceof NetworkError && network !== "online");
  return isInLine ? null : say(labels.failed, { reason: explainError(error, localization) });
}
