import { useEffect, useRef } from "react";
import type { Connection } from "../client/types.js";
import { connectionName, hasAccessEnded } from "./labels.js";

export interface DisconnectDialogProps {
  connection: Connection;
  onConfirm: () => void;
  onClose: () => void;
}

/** Confirm a disconnect. The browser's modal dialog traps the focus and closes on Escape; this restores the focus. */
export function DisconnectDialog({ connection, onConfirm, onClose }: DisconnectDialogProps) {
  const action = hasAccessEnded(connection) ? "Remove" : "Disconnect";
  const title = `${action} ${connectionName(connection)}?`;
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
        Its holdings leave your portfolio, and you get no more updates from it.
        {action === "Disconnect" && " You can connect it again at any time."}
      </p>
      <div className="tidings-actions">
        <button type="button" className="tidings-button tidings-button--quiet" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="tidings-button tidings-button--danger" onClick={onConfirm}>
          {action}
        </button>
      </div>
    </dialog>
  );
}
