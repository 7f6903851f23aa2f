import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { stubRoutesOf } from "./routes.js";

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

export const stubRoute = stubRoutesOf(server, BASE);

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
