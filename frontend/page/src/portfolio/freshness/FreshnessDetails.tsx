import { LastUpdated } from "@tidings/react";
import { type FocusEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { nameConnection } from "../../connecting/nameConnection.ts";
import { say, texts } from "../../locales/texts.ts";
import type { ConnectionFreshness, Freshness } from "./describeFreshness.ts";
import { stateText } from "./freshnessTexts.ts";

const { freshness: labels } = texts;
const NEEDS_USER = ["sign_in", "ended"];

/** Show how each connection stands, on a click. Escape, a click elsewhere and leaving it by keyboard close it. */
export function FreshnessDetails({ freshness: { connections, notes } }: { freshness: Freshness }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    const closeOutside = ({ target }: PointerEvent) => {
      if (!root.current?.contains(target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", closeOutside);
    return () => document.removeEventListener("pointerdown", closeOutside);
  }, [isOpen]);
  const closeByKey = ({ key }: KeyboardEvent) => {
    if (key !== "Escape" || !isOpen) return;
    setOpen(false);
    button.current?.focus();
  };
  const closeOnLeave = ({ relatedTarget }: FocusEvent) => {
    if (relatedTarget && !root.current?.contains(relatedTarget)) setOpen(false);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only listens to what its button and its panel receive
    <div ref={root} className="freshness__details" onKeyDown={closeByKey} onBlur={closeOnLeave}>
      <button
        ref={button}
        type="button"
        className="freshness__link"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {notes.length > 0 ? say(labels.withNotes, { count: notes.length }) : labels.details}
      </button>
      <div id={id} className="freshness__panel" hidden={!isOpen}>
        <ul aria-label={labels.connections}>
          {connections.map((one) => (
            <ConnectionDetail key={`${one.connection.provider}/${one.connection.source_id}`} one={one} />
          ))}
        </ul>
        {notes.length > 0 && (
          <ul className="freshness__notes" aria-label={labels.notes}>
            {notes.map((note) => (
              // The API's own sentence, which has no code.
              <li key={note} lang="en">
                {note}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function ConnectionDetail({ one }: { one: ConnectionFreshness }) {
  const { connection, state, asOf } = one;
  return (
    <li data-state={state}>
      <strong>{nameConnection(connection)}</strong>
      <span className={state === "failed" || NEEDS_USER.includes(state) ? "tidings-down" : "tidings-muted"}>
        {stateText(one)}
        {NEEDS_USER.includes(state) && (
          <>
            {" · "}
            <a href="#connections">{texts.connections.title}</a>
          </>
        )}
      </span>
      {asOf !== null && <LastUpdated at={asOf} label={labels.asOf} />}
    </li>
  );
}
