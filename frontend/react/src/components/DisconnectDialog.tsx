import { useEffect, useRef } from "react";
import { connectionName, hasAccessEnded } from "../client/connectionStatus.js";
import type { Connection } from "../client/types.js";
import { useTexts } from "./texts.js";

export interface DisconnectDialogProps {
  connection: Connection;
  locale: string | undefined;
  onConfirm: () => void;
  onClose: () => void;
}

/** Confirm a disconnect. The browser's modal dialog traps the focus and closes on Escape; this restores the focus. */
export function DisconnectDialog({ connection, locale, onConfirm, onClose }: DisconnectDialogProps) {
  const { texts, say } = useTexts(locale);
  const { connections } = texts;
  const hasEnded = hasAccessEnded(connection);
  const action = hasEnded ? connections.remove : connections.disconnect;
  const title = say(connections.confirm, { action, name: connectionName(connection) });
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const previousFocus = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (previousFocus instanceof HTMLElement) previousFocus.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} className="tidings-dialog" aria-label={title} onClose={onClose} onCancel={onClose}>
      <h2>{title}</h2>
      <p>
        {connections.consequence}
        {!hasEnded && ` ${connections.reversible}`}
      </p>
      <div className="tidings-actions">
        <button type="button" className="tidings-button tidings-button--quiet" onClick={onClose}>
          {connections.cancel}
        </button>
        <button type="button" className="tidings-button tidings-button--danger" onClick={onConfirm}>
          {action}
        </button>
      </div>
    </dialog>
  );
}
