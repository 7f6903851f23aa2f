import { type Config, createTokenGetter } from "./config.ts";

/** What the first view needs. */
const PATHS = ["/holdings", "/pending-updates", "/connections"];

/**
 * Send the first requests while the browser still loads the page's code. Returns a `fetch` that answers each of them
 * once with the early response; every later request is sent.
 */
export function startEarlyRequests(config: Config): typeof fetch {
  const token = createTokenGetter(config)?.();
  const headers = {
    accept: "application/json, application/problem+json",
    ...(token && { authorization: `Bearer ${token}` }),
  };
  const started = new Map(
    PATHS.map((path) => {
      const url = config.baseUrl + path;
      const response = fetch(url, { headers, credentials: "include" });
      response.catch(() => undefined); // whoever takes it handles the error
      return [url, response];
    }),
  );
  return (input, init) => {
    const early = typeof input === "string" && init?.method === "GET" ? started.get(input) : undefined;
    if (early === undefined) return fetch(input, init);
    started.delete(input as string);
    return early;
  };
}
