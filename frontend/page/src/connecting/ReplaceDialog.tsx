import type { Connection } from "@tidings/react";
import { say, texts } from "../locales/texts.ts";
import { listNames, nameConnection } from "./nameConnection.ts";
import { useModal } from "./useModal.ts";

const { connections: labels } = texts;

interface ReplaceDialogProps {
  connection: Connection;
  connections: readonly Connection[];
  onReplace: () => void;
  onClose: () => void;
}

/** Ask before a lost registration is replaced: this disconnects all connections of its provider. */
export function ReplaceDialog({ connection, connections, onReplace, onClose }: ReplaceDialogProps) {
  const dialog = useModal();
  const names = listNames(connections.filter(({ provider }) => provider === connection.provider));
  return (
    <dialog ref={dialog} className="tidings-dialog" aria-labelledby="replacing" onClose={onClose} onCancel={onClose}>
      <h2 id="replacing">{say(labels.anew, { name: nameConnection(connection) })}</h2>
      <p>{say(labels.anewText, { names })}</p>
      <div className="tidings-actions">
        <button type="button" className="tidings-button tidings-button--quiet" onClick={onClose}>
          {labels.cancel}
        </button>
        <button type="button" className="tidings-button tidings-button--danger" onClick={onReplace}>
          {labels.anewAction}
        </button>
      </div>
    </dialog>
  );
}
