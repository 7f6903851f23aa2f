import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { stubRoutesOf } from "../../../react/tests/support/routes.ts";
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

export const stubRoute = stubRoutesOf(server, location.origin);
