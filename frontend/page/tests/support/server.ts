import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { connection, pending, portfolio } from "./factories.ts";

/** Make a URL on jsdom's origin, where the page expects its API. */
const at = (path: string) => `${location.origin}${path}`;

/** The stubbed API. A request without a stub fails the test. */
export const server = setupServer();

/** Stub the routes for a signed-in user with one connection and one holding. */
export function stubSignedInUser({ held = portfolio(), connections = [connection()], hasUpdate = false } = {}): void {
  server.use(
    http.get(at("/holdings"), () => HttpResponse.json(held)),
    http.get(at("/pending-updates"), () => HttpResponse.json(pending(hasUpdate))),
    http.get(at("/holdings/history"), () => HttpResponse.json({ sources: [], points: [], events: [] })),
    http.get(at("/holdings/changes"), () => HttpResponse.json({ changes: [] })),
    http.get(at("/connections"), () => HttpResponse.json({ connections })),
    http.get(at("/_local/health"), () => HttpResponse.json({ message: "Not Found" }, { status: 404 })),
  );
}

type StubbedResponse = () => Response;

/** Stub a route with responses in turn; the last one repeats. Returns the received requests. */
export function stubRoute(
  method: "get" | "post" | "delete",
  path: string,
  ...responses: [StubbedResponse, ...StubbedResponse[]]
): Request[] {
  const requests: Request[] = [];
  server.use(
    http[method](at(path), ({ request }) => {
      const respond = responses[Math.min(requests.length, responses.length - 1)];
      requests.push(request.clone());
      return respond?.();
    }),
  );
  return requests;
}
