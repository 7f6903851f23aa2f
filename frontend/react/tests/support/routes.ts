import { http } from "msw";
import type { SetupServer } from "msw/node";

type StubbedResponse = Response | (() => Response | Promise<Response>);

/** Return what stubs the routes of an API. */
export const stubRoutesOf =
  (server: SetupServer, origin: string) =>
  /** Stub a route with responses in turn; the last one repeats. Returns the received requests. */
  (
    method: "get" | "post" | "delete",
    path: string,
    ...responses: [StubbedResponse, ...StubbedResponse[]]
  ): Request[] => {
    const requests: Request[] = [];
    server.use(
      http[method](origin + path, ({ request }) => {
        const response = responses[Math.min(requests.length, responses.length - 1)] as StubbedResponse;
        requests.push(request.clone());
        return typeof response === "function" ? response() : response.clone();
      }),
    );
    return requests;
  };
