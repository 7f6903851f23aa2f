import { type ReactNode, useEffect, useRef } from "react";
import { connectionTexts } from "./connectionLabels.js";
import type { LocalTexts } from "./texts.js";

export interface ConfirmDialogProps {
  title: string;
  /** What the confirming button says. */
  action: string;
  words: LocalTexts;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** Ask for a confirmation. The browser's modal dialog traps the focus and closes on Escape; this restores the focus. */
export function ConfirmDialog({ title, action, words, onConfirm, onClose, children }: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // React sets a ref before it runs an effect.
    const element = dialog.current as HTMLDialogElement;
    const previousFocus = document.activeElement;
    element.showModal();
    return () => {
      element.close();
      if (previousFocus instanceof HTMLElement) previousFocus.focus();
    };
  }, []);
  const confirm = () => {
    onClose();
    onConfirm();
  };
  return (
    <dialog ref={dialog} className="tidings-dialog" aria-label={title} onClose={onClose} onCancel={onClose}>
      <h2>{title}</h2>
      <p>{children}</p>
      <div className="tidings-actions">
        <button type="button" className="tidings-button tidings-button--quiet" onClick={onClose}>
          {connectionTexts(words).cancel}
        </button>
        <button type="button" className="tidings-button tidings-button--danger" onClick={confirm}>
          {action}
        </button>
      </div>
    </dialog>
  );
}
