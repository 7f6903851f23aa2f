"use client";
import { type ReactNode, useState } from "react";
import { canReconnect, hasAccessEnded, needsReconnect } from "../client/connectionStatus.js";
import type { Connection } from "../client/types.js";
import { ConnectionButton, type ReconnectProps } from "./ConnectionButton.js";
import { connectionTexts, nameConnection, reasonLabel, statusLabel } from "./connectionLabels.js";
import { DisconnectDialog } from "./DisconnectDialog.js";
import { joinClasses } from "./joinClasses.js";
import { LastUpdated } from "./LastUpdated.js";
import { type LocalTexts, useTexts } from "./texts.js";

export interface ConnectionListProps extends ReconnectProps {
  connections: readonly Connection[];
  /** Called after the user has confirmed. */
  onDisconnect: (connection: Connection) => unknown;
  /** Called after the user has confirmed. With it, a list of several connections offers to disconnect everything. */
  onDisconnectAll?: (() => unknown) | undefined;
  /** Renders more actions at a connection. */
  renderActions?: ((connection: Connection) => ReactNode) | undefined;
  /** Returns what the host does with a connection, such as "Importing…". It is shown in place of status and age. */
  describeStatus?: ((connection: Connection) => string | undefined) | undefined;
  /** Shown if there are no connections. */
  empty?: ReactNode;
}

/** List the connections: state, age of the data, and buttons to reconnect and disconnect. */
export function ConnectionList({
  connections,
  onReconnect,
  onDisconnect,
  onDisconnectAll,
  isBusy = false,
  locale,
  className,
  renderActions,
  describeStatus,
  empty,
}: ConnectionListProps) {
  const words = useTexts(locale);
  const texts = connectionTexts(words);
  const [disconnecting, setDisconnecting] = useState<Connection | "all" | null>(null);
  if (connections.length === 0) return <p className="tidings-empty">{empty ?? texts.none}</p>;
  return (
    <>
      <ul className={joinClasses("tidings-connections", className)}>
        {connections.map((connection) => {
          const button = { connection, isBusy, locale };
          const hasEnded = hasAccessEnded(connection);
          return (
            <li key={`${connection.provider}/${connection.source_id}`} data-source={connection.source_id}>
              <ConnectionState connection={connection} activity={describeStatus?.(connection)} words={words} />
              <div className="tidings-actions">
                {canReconnect(connection) && (
                  <ConnectionButton
                    {...button}
                    label={hasEnded ? texts.connectAgain : texts.reconnect}
                    onClick={onReconnect}
                  />
                )}
                <ConnectionButton
                  {...button}
                  label={hasEnded ? texts.remove : texts.disconnect}
                  isQuiet
                  onClick={setDisconnecting}
                />
                {renderActions?.(connection)}
              </div>
            </li>
          );
        })}
      </ul>
      {onDisconnectAll && connections.length > 1 && (
        <button
          type="button"
          className="tidings-button tidings-button--quiet"
          disabled={isBusy}
          onClick={() => setDisconnecting("all")}
        >
          {texts.disconnectAll}
        </button>
      )}
      {disconnecting && (
        <DisconnectDialog
          target={disconnecting}
          words={words}
          onClose={() => setDisconnecting(null)}
          onConfirm={() => (disconnecting === "all" ? onDisconnectAll?.() : onDisconnect(disconnecting))}
        />
      )}
    </>
  );
}

interface ConnectionStateProps {
  connection: Connection;
  activity: string | undefined;
  words: LocalTexts;
}

function ConnectionState({ connection, activity, words }: ConnectionStateProps) {
  const texts = connectionTexts(words);
  const { status, status_reason: reason, last_fetched_at: at } = connection;
  const isBroken = needsReconnect(connection);
  const hasEnded = hasAccessEnded(connection);
  const waiting = activity ?? (at === null && !isBroken && !hasEnded ? texts.notLoaded : undefined);
  return (
    <div className="tidings-connections__state">
      <strong>{nameConnection(connection, words)}</strong>
      {waiting ? (
        <div className="tidings-muted">{waiting}</div>
      ) : (
        <div>
          <span className={`tidings-status tidings-status--${status}`}>
            {statusLabel(isBroken ? "reconnect_required" : status, words)}
          </span>{" "}
          {connection.pending && !hasEnded && <span className="tidings-badge">{texts.newData}</span>}
        </div>
      )}
      {reason && <div>{reasonLabel(reason, words)}</div>}
      {at && (
        <div className="tidings-muted">
          <LastUpdated at={at} label={texts.fetched} locale={words.locale} />
        </div>
      )}
    </div>
  );
}
