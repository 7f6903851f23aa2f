/** The hosting configuration: `/config.json`, loaded once before rendering. Every field is optional there. */
export interface Config {
  /** The URL of the API; "" for the page's own origin. */
  baseUrl: string;
  /** Where the host app stores the Bearer token. If null, only the session cookie is sent. */
  token: { storage: "session" | "local"; key: string } | null;
  /** Whether to offer refreshes that the providers charge for. */
  paidRefresh: boolean;
}

export const DEFAULTS: Config = { baseUrl: "", token: null, paidRefresh: false };

/** Parse the configuration. A field of the wrong type gets its default, which suits a page on the API's origin. */
export function parseConfig(value: unknown): Config {
  if (typeof value !== "object" || value === null) return DEFAULTS;
  const { baseUrl, token, paidRefresh } = value as Record<string, unknown>;
  return {
    baseUrl: typeof baseUrl === "string" ? baseUrl.replace(/\/$/, "") : DEFAULTS.baseUrl,
    token: parseToken(token),
    paidRefresh: paidRefresh === true,
  };
}

function parseToken(value: unknown): Config["token"] {
  if (typeof value !== "object" || value === null) return null;
  const { storage, key } = value as Record<string, unknown>;
  if ((storage !== "session" && storage !== "local") || typeof key !== "string") return null;
  return { storage, key };
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch("/config.json", { cache: "no-cache" });
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return response.ok && isJson ? parseConfig(await response.json()) : DEFAULTS;
}

export function createTokenGetter({ token }: Config): (() => string | null) | undefined {
  if (token === null) return undefined;
  const storage = token.storage === "session" ? sessionStorage : localStorage;
  return () => storage.getItem(token.key);
}
