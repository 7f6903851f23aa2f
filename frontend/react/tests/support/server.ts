import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";

export const BASE = "https://api.example";

/** The API, of which a test says what it answers. Anything else that is asked fails the test. */
export const server = setupServer();

interface Recorded {
  status: number;
  headers: Record<string, string>;
  body: any;
}
const files = import.meta.glob<Recorded>("../recorded/*.json", { eager: true, import: "default" });

/** An answer as the local cloud gave it. */
export function recorded(name: string): Recorded {
  const found = files[`../recorded/${name}.json`];
  if (!found) throw new Error(`Nothing was recorded as ${name}.`);
  return structuredClone(found);
}

export const replay = (name: string, headers: Record<string, string> = {}) => {
  const { status, headers: told, body } = recorded(name);
  return HttpResponse.json(body, { status, headers: { ...told, ...headers } });
};

type Answer = Response | (() => Response | Promise<Response>);

/** Answers in turn, the last one for good. Returns the requests that came. */
export function answers(method: "get" | "post" | "delete", path: string, ...turns: [Answer, ...Answer[]]): Request[] {
  const requests: Request[] = [];
  server.use(
    http[method](BASE + path, ({ request }) => {
      const answer = turns[Math.min(requests.length, turns.length - 1)] as Answer;
      requests.push(request.clone());
      return typeof answer === "function" ? answer() : answer.clone();
    }),
  );
  return requests;
}

export const problem = (status: number, slug: string, more: object = {}, headers: Record<string, string> = {}) =>
  HttpResponse.json(
    { type: `urn:tidings:problem:${slug}`, title: slug, status, detail: `${slug} it is`, ...more },
    { status, headers: { "content-type": "application/problem+json", ...headers } },
  );
