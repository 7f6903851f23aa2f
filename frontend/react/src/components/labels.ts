import { PROVIDER_NAMES } from "../client/providers.js";
import type { Connection, HoldingRow } from "../client/types.js";
import { formatDay, formatStrike } from "./formats.js";

const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Format a security type: `mutual_fund` as "Mutual fund". */
export const typeLabel = (type: string): string => (type === "etf" ? "ETF" : capitalize(type.replaceAll("_", " ")));

/** Name a security: its short name, and the line below it. */
export function titleOf(row: HoldingRow, locale?: string): { title: string; detail: string } {
  const { option, sources, coupon, maturity } = row;
  if (row.is_cash)
    return {
      title: `${row.currency} cash`,
      detail: sources.length > 1 ? `${sources.length} accounts` : (row.account_name ?? "Cash"),
    };
  if (option !== null) {
    const strike = formatStrike(option.strike, row.currency, locale);
    return {
      title: `${option.underlying} ${strike} ${capitalize(option.kind)}`,
      detail: `Option · expires ${formatDay(option.expiry, locale)}`,
    };
  }
  const type = [
    typeLabel(row.type),
    coupon !== null && `${coupon} %`,
    maturity !== null && `until ${formatDay(maturity, locale)}`,
  ]
    .filter(Boolean)
    .join(" · ");
  if (row.ticker === null) return { title: row.name ?? row.isin ?? row.cusip ?? "Unnamed security", detail: type };
  return { title: row.ticker, detail: row.name === null ? type : `${row.name} · ${type}` };
}

const REASONS: Record<string, string> = {
  item_login_required: "The sign-in at the institution has expired or changed.",
  connection_disabled: "The institution has closed the connection.",
  credential_lost: "The access to this connection was lost.",
  user_permission_revoked: "You withdrew the permission at the institution.",
  user_account_revoked: "You withdrew the permission for an account.",
  pending_expiration: "The permission ends soon.",
  pending_disconnect: "The institution will end the connection soon.",
  new_accounts_available: "The institution has new accounts that can be added.",
  invalid_credentials: "The institution refused the sign-in.",
  gone: "This connection no longer exists.",
  institution_no_longer_supported: "The institution can no longer be connected.",
  item_not_supported: "The institution can no longer be connected.",
};

const STATUSES: Record<Connection["status"], string> = {
  ok: "Connected",
  expiring: "Expires soon",
  reconnect_required: "Reconnect needed",
  revoked: "Access has ended",
};

export const statusLabel = (status: Connection["status"]): string => STATUSES[status];

/** Explain a connection's status to the user. A code without a text is shown with spaces for underscores. */
export function reasonLabel(reason: string | null): string | null {
  if (reason === null) return null;
  const [code = "", ...date] = reason.split(":");
  const label = REASONS[code] ?? `${capitalize(code.replaceAll("_", " "))}.`;
  const day = date.join(":");
  return Number.isNaN(Date.parse(day)) ? label : `${label.slice(0, -1)}: ${formatDay(day)}.`;
}

export const connectionName = (connection: Connection): string =>
  connection.institution ?? PROVIDER_NAMES[connection.provider];

/** Whether the access has ended for good, so that only a new connection brings it back. */
export const hasAccessEnded = ({ status, status_reason: reason }: Connection): boolean =>
  status === "revoked" && reason !== "user_account_revoked";

/** Whether the user must sign in at the institution again. */
export const needsReconnect = (connection: Connection): boolean =>
  (connection.status === "reconnect_required" || connection.status === "revoked") && !hasAccessEnded(connection);

/** Whether the user can connect again. No one can at an institution that is no longer supported. */
export const canReconnect = ({ status, status_reason: reason }: Connection): boolean =>
  status !== "ok" && !reason?.endsWith("_supported");
