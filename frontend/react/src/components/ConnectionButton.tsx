import type { Connection } from "../client/types.js";
import { connectionTexts, nameConnection } from "./connectionLabels.js";
import { joinClasses } from "./joinClasses.js";
import { useTexts } from "./texts.js";

export interface ReconnectProps {
  /** Called to reconnect, and to connect again where access has ended (`hasAccessEnded`). */
  onReconnect: (connection: Connection) => void;
  isBusy?: boolean | undefined;
  locale?: string | undefined;
  className?: string | undefined;
}

interface ConnectionButtonProps {
  connection: Connection;
  label: string;
  isQuiet?: boolean;
  isBusy: boolean;
  locale: string | undefined;
  onClick: (connection: Connection) => void;
}

/** Show a button whose accessible name says which connection it is for. */
export function ConnectionButton({ connection, label, isQuiet, isBusy, locale, onClick }: ConnectionButtonProps) {
  const words = useTexts(locale);
  return (
    <button
      type="button"
      className={joinClasses("tidings-button", isQuiet && "tidings-button--quiet")}
      aria-label={words.say(connectionTexts(words).action, { action: label, name: nameConnection(connection, words) })}
      disabled={isBusy}
      onClick={() => onClick(connection)}
    >
      {label}
    </button>
  );
}
