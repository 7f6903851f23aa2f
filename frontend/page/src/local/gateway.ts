/** The routes under `/_local`, which the local cloud alone has. */
const USER_KEY = "tidings:local-user";

export interface LocalUser {
  user_id: string;
  email: string;
}

export class LocalCallFailed extends Error {
  override readonly name = "LocalCallFailed";
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
  });
  const text = await response.text();
  if (!response.ok) throw new LocalCallFailed(text.slice(0, 300) || `${response.status}`);
  return text === "" ? null : JSON.parse(text);
}

/** The local cloud's parts and whether each is up; null where there is no local cloud. */
export async function parts(signal: AbortSignal): Promise<Record<string, boolean> | null> {
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

/** Who signed in here: no route of the API tells. */
export function userKept(): LocalUser | null {
  const kept: unknown = JSON.parse(localStorage.getItem(USER_KEY) ?? "null");
  if (typeof kept !== "object" || kept === null) return null;
  const { user_id, email } = kept as Record<string, unknown>;
  return typeof user_id === "string" && typeof email === "string" ? { user_id, email } : null;
}
