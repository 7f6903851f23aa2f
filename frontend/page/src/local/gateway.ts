import { NetworkError } from "@tidings/react";

/** Calls to the routes under `/_local`, which only the local cloud has. */
const USER_KEY = "tidings:local-user";

export interface LocalUser {
  user_id: string;
  email: string;
}

export class LocalCallError extends Error {
  override readonly name = "LocalCallError";
}

export async function localCall(
  path: string,
  method: "GET" | "POST" | "DELETE" = "GET",
  body?: object,
  signal?: AbortSignal,
): Promise<unknown> {
  const response = await fetch(`/_local/${path}`, {
    method,
    signal: signal ?? null,
    ...(body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
  }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new NetworkError(cause);
  });
  const text = await response.text();
  if (!response.ok) throw new LocalCallError(text.slice(0, 300) || `${response.status}`);
  return text === "" ? null : JSON.parse(text);
}

/** Fetch the local cloud's parts, and whether each is up. Returns null if there is no local cloud. */
export async function fetchParts(signal: AbortSignal): Promise<Record<string, boolean> | null> {
  const response = await fetch("/_local/health", { signal });
  if (!response.headers.get("content-type")?.includes("json")) return null;
  const health: unknown = await response.json();
  const isHealth = typeof health === "object" && health !== null && "parts" in health;
  return isHealth ? (health.parts as Record<string, boolean>) : null;
}

export async function signIn(user: LocalUser): Promise<void> {
  await localCall("login", "POST", user);
  localStorage.setItem(USER_KEY, JSON.stringify(user));
}

export async function signOut(): Promise<void> {
  await localCall("logout", "POST");
  localStorage.removeItem(USER_KEY);
}

/** Load the signed-in user from localStorage, because no route of the API returns it. */
export function loadLocalUser(): LocalUser | null {
  const stored: unknown = JSON.parse(localStorage.getItem(USER_KEY) ?? "null");
  if (typeof stored !== "object" || stored === null) return null;
  const { user_id, email } = stored as Record<string, unknown>;
  return typeof user_id === "string" && typeof email === "string" ? { user_id, email } : null;
}
