import { connectionName } from "../client/connectionStatus.js";
import type { Connection } from "../client/types.js";
import { connectionMessages } from "../locales/en.js";
import type { Catalogue, Localization } from "../locales/types.js";
import { formatDay } from "./formats.js";
import { findText } from "./labels.js";
import { createTexts, type TextsOrLocale } from "./texts.js";

export const connectionTexts = ({ catalogue }: Localization): Catalogue["connections"] =>
  catalogue?.connections ?? connectionMessages;

export const nameConnection = (connection: Connection, localization: Localization): string =>
  connectionName(connection, connectionTexts(localization).yourBroker);

export const statusLabel = (status: Connection["status"], localization?: TextsOrLocale): string =>
  connectionTexts(createTexts(localization)).statuses[status];

/** Explain a connection's status to the user. */
export function reasonLabel(reason: string | null, localization?: TextsOrLocale): string | null {
  if (reason === null) return null;
  const words = createTexts(localization);
  const { say, locale } = words;
  const { reasons, reasonOn } = connectionTexts(words);
  const [code, ...date] = reason.split(":") as [string, ...string[]];
  const label = findText(reasons, code) ?? reasons.other;
  const day = date.join(":");
  return Number.isNaN(Date.parse(day))
    ? label
    : say(reasonOn, { reason: label.slice(0, -1), date: formatDay(day, locale) });
}
