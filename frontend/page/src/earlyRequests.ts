import { type Config, createTokenGetter } from "./config.ts";
import { loadCurrency } from "./total/storedCurrency.ts";

/** List what the first view needs: the total and its line over time in the chosen currency. */
function listPaths(): string[] {
  const currency = loadCurrency();
  const query = currency === null ? "" : `?currency=${currency}`;
  return [`/holdings${query}`, "/pending-updates", "/connections", `/holdings/history${query}`];
}

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
    listPaths().map((path) => {
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
