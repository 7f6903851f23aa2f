import { HttpResponse } from "msw";
import { createTokenGetter, DEFAULTS, loadConfig, parseConfig } from "../src/config.ts";
import { stubRoute } from "./support/server.ts";

test.each([
  [null],
  ["x"],
  [{}],
  [{ baseUrl: 1, token: "abc", paidRefresh: "yes" }],
  [{ token: { storage: "cookie", key: "t" } }],
])("parseConfig returns the defaults for %j", (value) => expect(parseConfig(value)).toEqual(DEFAULTS));

test("a configuration with another origin and a token is used", () => {
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
  ["no file", () => new Response(null, { status: 404 })],
  ["an HTML page instead of JSON", () => HttpResponse.html("<!doctype html>")],
])("loadConfig returns the defaults for %s", async (_, answer) => {
  stubRoute("get", "/config.json", answer);
  expect(await loadConfig()).toEqual(DEFAULTS);
});

test("loadConfig returns the served configuration", async () => {
  stubRoute("get", "/config.json", () => HttpResponse.json({ baseUrl: "https://api.example" }));
  expect((await loadConfig()).baseUrl).toBe("https://api.example");
});
