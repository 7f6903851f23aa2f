"use client";
import { useEffect, useState } from "react";
import { formatAge } from "./formatAge.js";
import { formatInstant } from "./formats.js";
import { joinClasses } from "./joinClasses.js";
import { useTexts } from "./texts.js";

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
  className?: string | undefined;
}

/** Show the age of the data and its exact time. */
export function LastUpdated({ at, label: ownLabel, locale, className }: LastUpdatedProps) {
  const now = useNow();
  const words = useTexts(locale);
  const { age } = words.texts;
  const label = ownLabel ?? age.lastUpdated;
  const classNames = joinClasses("tidings-last-updated", className);
  if (at === null) return <span className={classNames}>{words.say(age.never, { label })}</span>;
  return (
    <span className={classNames}>
      {label}{" "}
      <time dateTime={at}>
        {formatAge(at, now, words)} <span className="tidings-muted">({formatInstant(at, words.locale)})</span>
      </time>
    </span>
  );
}
