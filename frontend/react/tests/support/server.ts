import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";

export const BASE = "https://api.example";

/** The stubbed API. A request without a stub fails the test. Its root does not respond, so that no outage looks like CORS. */
export const server = setupServer(http.get(BASE, () => HttpResponse.error()));

interface Recording {
  status: number;
  headers: Record<string, string>;
  body: any;
}
const files = import.meta.glob<Recording>("../recorded/*.json", { eager: true, import: "default" });

/** Load a response that was recorded from the local cloud. */
export function loadRecording(name: string): Recording {
  const recording = files[`../recorded/${name}.json`];
  if (!recording) throw new Error(`There is no recording named ${name}.`);
  return structuredClone(recording);
}

export const recordedResponse = (name: string, headers: Record<string, string> = {}) => {
  const { status, headers: recordedHeaders, body } = loadRecording(name);
  return HttpResponse.json(body, { status, headers: { ...recordedHeaders, ...headers } });
};

type StubbedResponse = Response | (() => Response | Promise<Response>);

/** Stub a route with responses in turn; the last one repeats. Returns the received requests. */
export function stubRoute(
  method: "get" | "post" | "delete",
  path: string,
  ...responses: [StubbedResponse, ...StubbedResponse[]]
): Request[] {
  const requests: Request[] = [];
  server.use(
    http[method](BASE + path, ({ request }) => {
      const response = responses[Math.min(requests.length, responses.length - 1)] as StubbedResponse;
      requests.push(request.clone());
      return typeof response === "function" ? response() : response.clone();
    }),
  );
  return requests;
}

export const problemResponse = (
  status: number,
  slug: string,
  more: object = {},
  headers: Record<string, string> = {},
) =>
  HttpResponse.json(
    { type: `urn:tidings:problem:${slug}`, title: slug, status, detail: `${slug} it is`, ...more },
    { status, headers: { "content-type": "application/problem+json", ...headers } },
  );
