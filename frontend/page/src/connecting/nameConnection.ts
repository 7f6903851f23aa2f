import { type Connection, connectionName } from "@tidings/react";
import { locale, texts } from "../locales/texts.ts";

/** Name a connection by its institution, and never by the provider behind it. */
export const nameConnection = (connection: Connection): string =>
  connectionName(connection, texts.connections.yourBroker);

/** Name connections in a sentence, each institution once. */
export const listNames = (connections: readonly Connection[]): string =>
  new Intl.ListFormat(locale).format([...new Set(connections.map(nameConnection))]);
