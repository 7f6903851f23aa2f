import type { Connection, ProviderName } from "@tidings/react";
import { say, texts } from "../locales/texts.ts";
import type { ImportPhase } from "./Importer.ts";
import { isNeverFetched } from "./importHoldings.ts";
import type { ImportState } from "./useImport.ts";

const { importing: labels } = texts;

/** Whether an import is running or waits for the broker, so that its updates need no click. */
export const isImporting = ({ phase }: ImportState): boolean => phase !== null && phase.kind !== "failed";

/** Say how the import of a connection stands; undefined if it has holdings. */
export function describeImport(connection: Connection, imports: Record<ProviderName, ImportState>): string | undefined {
  const { phase } = imports[connection.provider];
  return phase && isNeverFetched(connection) ? labels.phases[phase.kind] : undefined;
}

/** Show the import of new accounts: running, waiting for the broker, or failed with a button to try again. */
export function ImportNotice({ imports }: { imports: Record<ProviderName, ImportState> }) {
  const states = Object.values(imports);
  const running = states.find(isImporting);
  const failed = states.filter(({ phase }) => phase?.kind === "failed");
  if (!running && failed.length === 0) return null;
  return (
    <div className="import" aria-live="polite">
      {running?.phase && <Running phase={running.phase} />}
      {failed.map(
        ({ phase, retry }) => phase?.kind === "failed" && <Failed key={phase.reason} {...phase} retry={retry} />,
      )}
    </div>
  );
}

function Running({ phase }: { phase: ImportPhase }) {
  const isPreparing = phase.kind === "preparing";
  return (
    <section className="card import__notice" aria-labelledby="import">
      <h2 id="import">{isPreparing ? labels.preparing : labels.importing}</h2>
      <p className="tidings-muted">{isPreparing ? labels.preparingText : labels.importingText}</p>
      <div className="import__bar" role="progressbar" aria-labelledby="import" />
    </section>
  );
}

function Failed({ reason, retry }: { reason: string; retry: () => void }) {
  return (
    <section className="card import__notice" aria-labelledby="import-failed">
      <h2 id="import-failed">{labels.failed}</h2>
      <p>{say(labels.failedText, { reason })}</p>
      <button type="button" className="tidings-button tidings-button--primary" onClick={retry}>
        {texts.page.retry}
      </button>
    </section>
  );
}
