import { useEffect, useState } from "react";
import { formatAge, formatInstant } from "./formats.js";

const TICK_MS = 30_000;

/** Return the current time, updated every 30 s. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export interface LastUpdatedProps {
  /** When the data was fetched (ISO 8601): `metadata.last_updated`, or a provider's `as_of`. Null: never. */
  at: string | null;
  label?: string | undefined;
  locale?: string | undefined;
}

/** Show the age of the data and its exact time. */
export function LastUpdated({ at, label = "Last updated", locale }: LastUpdatedProps) {
  const now = useNow();
  if (at === null) return <span className="tidings-last-updated">{label}: not yet fetched</span>;
  return (
    <span className="tidings-last-updated">
      {label}{" "}
      <time dateTime={at}>
        {formatAge(at, now)} <span className="tidings-muted">({formatInstant(at, locale)})</span>
      </time>
    </span>
  );
}
