import { useEffect, useId, useRef } from "react";

export interface DisconnectDialogProps {
  name: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Confirm a disconnect. The browser's modal dialog traps the focus and closes on Escape; this restores the focus. */
export function DisconnectDialog({ name, onConfirm, onClose }: DisconnectDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
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
    <dialog ref={dialog} className="tidings-dialog" aria-labelledby={id} onClose={onClose} onCancel={onClose}>
      <h2 id={id}>Disconnect {name}?</h2>
      <p>
        Its holdings leave your portfolio, and you get no more updates from it. You can connect it again at any time.
      </p>
      <div className="tidings-actions">
        <button type="button" className="tidings-button tidings-button--quiet" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="tidings-button tidings-button--danger" onClick={onConfirm}>
          Disconnect
        </button>
      </div>
    </dialog>
  );
}
