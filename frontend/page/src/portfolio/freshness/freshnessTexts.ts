import { ApiError, type Connection, formatAge, formatInstant } from "@tidings/react";
import { explainError } from "@tidings/react/intents";
import { nameConnection } from "../../connecting/nameConnection.ts";
import { locale, localization, say, texts } from "../../locales/texts.ts";
import type { ConnectionFreshness, Freshness } from "./describeFreshness.ts";

const { freshness: labels } = texts;

/** Say which connections need the user or could not be updated; null if the age says enough. */
export function attentionText({ state, concerned }: Freshness): string | null {
  if (state !== "sign_in" && state !== "ended" && state !== "failed") return null;
  const [first] = concerned;
  if (first && concerned.length === 1 && wasNotStored(first)) return notStoredText(first);
  return say(labels.attention[state], { count: concerned.length, name: first && nameConnection(first) });
}

const wasNotStored = ({ status_reason: reason }: Connection) => reason === "not_stored";
const notStoredText = (connection: Connection) =>
  say(texts.connections.notStored, { name: nameConnection(connection) });

/** Say how old the data is and how much of it is current; while the API can't be reached, its date alone. */
export function ageText({ network, asOf, state, current, connections }: Freshness, now: number): string {
  if (network !== "online") {
    return asOf === null ? labels.network[network] : say(labels.showing[network], { date: formatMoment(asOf, now) });
  }
  if (asOf === null) return labels.never;
  const age = say(labels.updated, { age: formatAge(asOf, now, localization) });
  // Beside a connection that needs the user nothing is called up to date.
  if (state === null || state === "sign_in" || state === "ended") return age;
  const rest = state === "unknown" ? labels.checking : say(labels.count, { current, count: connections.length });
  return `${age} · ${rest}`;
}

/** Format a moment of today as its time alone. */
function formatMoment(iso: string, now: number): string {
  const moment = new Date(iso);
  return moment.toDateString() === new Date(now).toDateString()
    ? new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(moment)
    : formatInstant(iso, locale);
}

/** Say how a connection stands, and why its last refresh failed. */
export function stateText({ connection, state, error }: ConnectionFreshness): string {
  if (state === "ended" && wasNotStored(connection)) return notStoredText(connection);
  const reason = error && explainError(new ApiError({ status: 0, slug: error, title: error }), localization);
  return [labels.states[state], reason].filter(Boolean).join(": ");
}
