"use client";
import { needsReconnect } from "../client/connectionStatus.js";
import type { Connection } from "../client/types.js";
import { ConnectionButton, type ReconnectProps } from "./ConnectionButton.js";
import { connectionTexts, nameConnection, reasonLabel } from "./connectionLabels.js";
import { joinClasses } from "./joinClasses.js";
import { useTexts } from "./texts.js";

export interface ReconnectNoticeProps extends ReconnectProps {
  /** All connections. Those that work are not shown. */
  connections: readonly Connection[];
}

/** List the connections that get no updates until the user signs in there again. Renders nothing if all work. */
export function ReconnectNotice({ connections, onReconnect, isBusy = false, locale, className }: ReconnectNoticeProps) {
  const words = useTexts(locale);
  const texts = connectionTexts(words);
  const broken = connections.filter(needsReconnect);
  if (broken.length === 0) return null;
  return (
    <section className={joinClasses("tidings-notice", className)} aria-label={texts.statuses.reconnect_required}>
      <ul>
        {broken.map((connection) => (
          <li key={`${connection.provider}/${connection.source_id}`}>
            <span>
              <strong>{words.say(texts.signInAgain, { name: nameConnection(connection, words) })}</strong>{" "}
              {reasonLabel(connection.status_reason, words)} {texts.untilThen}
            </span>
            <ConnectionButton
              connection={connection}
              label={texts.reconnect}
              isBusy={isBusy}
              locale={locale}
              onClick={onReconnect}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
