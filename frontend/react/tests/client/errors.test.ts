import { ApiError, NetworkError, ResponseFormatError } from "@tidings/react/client";
import { errorSlug } from "../../src/client/errors.js";

test.each([
  ["offline", "The server can't be reached.", "offline"],
  ["unreachable", "The server can't be reached.", "network"],
  ["blocked", "The server does not allow this site (CORS).", "blocked"],
] as const)("a network error with the reason %s says: %s", (reason, message, slug) => {
  const cause = new TypeError("Failed to fetch");
  const error = new NetworkError(cause, reason);
  expect(error).toMatchObject({ name: "NetworkError", message, cause, reason });
  expect(errorSlug(error)).toBe(slug);
});

test("the error of an unreadable response names the path and the reason", () => {
  const error = new ResponseFormatError("holdings.0", "object expected");
  expect(error).toMatchObject({
    name: "ResponseFormatError",
    path: "holdings.0",
    message: "The response has an unexpected format at holdings.0: object expected.",
  });
  expect(errorSlug(error)).toBe("response-format");
});

test("an API error without a detail has its title as message, and nothing else", () => {
  const error = new ApiError({ status: 404, title: "Not Found" });
  expect(error).toMatchObject({ message: "Not Found", detail: "Not Found", slug: null, retryAfter: null });
});
