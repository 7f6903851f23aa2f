import { hasAccessEnded } from "../client/connectionStatus.js";
import type { Connection } from "../client/types.js";
import { ConfirmDialog, type ConfirmDialogProps } from "./ConfirmDialog.js";
import { connectionTexts, nameConnection } from "./connectionLabels.js";

interface DisconnectDialogProps extends Pick<ConfirmDialogProps, "words" | "onConfirm" | "onClose"> {
  target: Connection | "all";
}

/** Confirm a disconnect of one connection, or of all. Says what goes and what stays. */
export function DisconnectDialog({ target, ...dialog }: DisconnectDialogProps) {
  const { words } = dialog;
  const texts = connectionTexts(words);
  if (target === "all") {
    return (
      <ConfirmDialog {...dialog} title={`${texts.disconnectAll}?`} action={texts.disconnectAll}>
        {texts.consequenceAll}
      </ConfirmDialog>
    );
  }
  const hasEnded = hasAccessEnded(target);
  const action = hasEnded ? texts.remove : texts.disconnect;
  const title = words.say(texts.confirm, { action, name: nameConnection(target, words) });
  return (
    <ConfirmDialog {...dialog} title={title} action={action}>
      {texts.consequence}
      {!hasEnded && ` ${texts.reversible}`}
    </ConfirmDialog>
  );
}
