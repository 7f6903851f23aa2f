import { type Connection, connectionName } from "@tidings/react";
import { texts } from "../locales/texts.ts";

/** Name a connection by its institution, and never by the provider behind it. */
export const nameConnection = (connection: Connection): string =>
  connectionName(connection, texts.connections.yourBroker);
