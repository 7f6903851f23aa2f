import { explainError } from "@tidings/react/intents";
import type { FallbackProps } from "react-error-boundary";
import { type LocalCloud, useLocalCloud } from "../local/LocalCloud.tsx";
import { SignInForm } from "../local/SignInForm.tsx";
import { localization, say, texts } from "../locales/texts.ts";
import { type Placeholder, SKELETON } from "../skeleton.ts";

const { page: labels } = texts;

/** Show placeholders until the portfolio is loaded, so that the layout does not move. */
export function Skeleton() {
  return (
    <div className="skeleton" role="status" aria-label={labels.loading}>
      <Placeholders boxes={SKELETON} />
    </div>
  );
}

function Placeholders({ boxes }: { boxes: readonly Placeholder[] }) {
  return boxes.map(([className, children = []], index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the boxes never change.
    <div key={index} className={className} aria-hidden="true">
      <Placeholders boxes={children} />
    </div>
  ));
}

export function SignedOut() {
  const cloud: LocalCloud | null = useLocalCloud();
  return (
    <section className="card centred" aria-labelledby="signed-out">
      <h2 id="signed-out">{labels.signedOut}</h2>
      {cloud ? (
        <>
          <p>{labels.signInLocally}</p>
          <SignInForm cloud={cloud} />
        </>
      ) : (
        <p>{labels.signInAgain}</p>
      )}
    </section>
  );
}

export function Unreachable({
  error,
  onRetry,
  isRetrying,
}: {
  error: Error;
  onRetry: () => void;
  isRetrying: boolean;
}) {
  return (
    <section className="card centred">
      <div role="alert">
        <h2>{labels.unreachable}</h2>
        <p>{say(texts.toasts.because, { reason: explainError(error, localization) })}</p>
      </div>
      <button type="button" className="tidings-button" onClick={isRetrying ? undefined : onRetry}>
        {labels.retry}
      </button>
      <p role="status">{isRetrying && labels.retrying}</p>
    </section>
  );
}

/** Replace the page after a rendering error. The console has the whole error. */
export function CrashedPage({ resetErrorBoundary }: FallbackProps) {
  return (
    <main>
      <section className="card centred" role="alert">
        <h2>{labels.crashed}</h2>
        <p>{labels.nothingChanged}</p>
        <button type="button" className="tidings-button" onClick={resetErrorBoundary}>
          {labels.showAgain}
        </button>
      </section>
    </main>
  );
}
