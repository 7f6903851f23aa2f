/** How the page is hosted: `/config.json`, read once before anything is shown. All fields may be absent. */
export interface Config {
  /** Where the API is; "" for the page's own origin. */
  baseUrl: string;
  /** Where the host app keeps the Bearer token. Without it, the session cookie alone is sent. */
  token: { storage: "session" | "local"; key: string } | null;
  /** Whether to offer pulls that the providers charge for. */
  paidRefresh: boolean;
}

export const DEFAULTS: Config = { baseUrl: "", token: null, paidRefresh: false };

/** What is not of the described kind counts as absent; the defaults serve the API's own origin. */
export function configOf(value: unknown): Config {
  if (typeof value !== "object" || value === null) return DEFAULTS;
  const { baseUrl, token, paidRefresh } = value as Record<string, unknown>;
  return {
    baseUrl: typeof baseUrl === "string" ? baseUrl.replace(/\/$/, "") : DEFAULTS.baseUrl,
    token: tokenOf(token),
    paidRefresh: paidRefresh === true,
  };
}

function tokenOf(value: unknown): Config["token"] {
  if (typeof value !== "object" || value === null) return null;
  const { storage, key } = value as Record<string, unknown>;
  if ((storage !== "session" && storage !== "local") || typeof key !== "string") return null;
  return { storage, key };
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch("/config.json", { cache: "no-cache" });
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return response.ok && isJson ? configOf(await response.json()) : DEFAULTS;
}

export function tokenSource({ token }: Config): (() => string | null) | undefined {
  if (token === null) return undefined;
  const storage = token.storage === "session" ? sessionStorage : localStorage;
  return () => storage.getItem(token.key);
}
