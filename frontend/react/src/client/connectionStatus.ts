import type { Connection } from "./types.js";

/** Name a connection by its institution. `unnamed`: what to say where that is unknown. */
export const connectionName = (connection: Connection, unnamed = "Your broker"): string =>
  connection.institution ?? unnamed;

/** Whether the access has ended for good, so that only a new connection brings it back. */
export const hasAccessEnded = ({ status, status_reason: reason }: Connection): boolean =>
  status === "revoked" && reason !== "user_account_revoked";

/** Whether the user must sign in at the institution again. */
export const needsReconnect = (connection: Connection): boolean =>
  (connection.status === "reconnect_required" || connection.status === "revoked") && !hasAccessEnded(connection);

/** Whether the user can connect again. No one can at an institution that is no longer supported. */
export const canReconnect = ({ status, status_reason: reason }: Connection): boolean =>
  status !== "ok" && !reason?.endsWith("_supported");
