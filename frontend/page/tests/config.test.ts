import { HttpResponse } from "msw";
import { createTokenGetter, DEFAULTS, loadConfig, parseConfig } from "../src/config.ts";
import { answers } from "./support/api.ts";

test.each([
  [null],
  ["x"],
  [{}],
  [{ baseUrl: 1, token: "abc", paidRefresh: "yes" }],
  [{ token: { storage: "cookie", key: "t" } }],
])("%j is the API's own origin, by cookie, with nothing that costs money", (value) =>
  expect(parseConfig(value)).toEqual(DEFAULTS),
);

test("another origin, with a token", () => {
  const config = parseConfig({
    baseUrl: "https://api.example/",
    token: { storage: "session", key: "access" },
    paidRefresh: true,
  });
  expect(config.baseUrl).toBe("https://api.example");
  expect(config.paidRefresh).toBe(true);
  const token = createTokenGetter(config);
  expect(token?.()).toBeNull();
  sessionStorage.setItem("access", "secret");
  expect(token?.()).toBe("secret");
});

test.each([
  ["none", () => new Response(null, { status: 404 })],
  ["the app's start page in its place", () => HttpResponse.html("<!doctype html>")],
])("no configuration: %s", async (_, answer) => {
  answers("get", "/config.json", answer);
  expect(await loadConfig()).toEqual(DEFAULTS);
});

test("a configuration beside the page", async () => {
  answers("get", "/config.json", () => HttpResponse.json({ baseUrl: "https://api.example" }));
  expect((await loadConfig()).baseUrl).toBe("https://api.example");
});
