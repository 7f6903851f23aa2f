import { useEffect, useId, useRef } from "react";

export interface DisconnectDialogProps {
  name: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks once more. The browser's own modal dialog: it keeps the focus, Escape closes it, and the focus goes back. */
export function DisconnectDialog({ name, onConfirm, onClose }: DisconnectDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opened = dialog.current;
    const before = document.activeElement;
    opened?.showModal();
    return () => {
      opened?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} className="tidings-dialog" aria-labelledby={id} onClose={onClose} onCancel={onClose}>
      <h2 id={id}>Disconnect {name}?</h2>
      <p>Its holdings leave your portfolio, and no more news of it arrives. You can connect it again at any time.</p>
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
