import { render, screen } from "@testing-library/react";
import { HttpResponse } from "msw";
import { DEFAULTS } from "../src/config.ts";
import { startEarlyRequests } from "../src/earlyRequests.ts";
import { Skeleton } from "../src/portfolio/States.tsx";
import { renderPlaceholders, SKELETON } from "../src/skeleton.ts";
import { stubRoute } from "./support/server.ts";

const GET = { method: "GET" };
const PATHS = ["/holdings", "/pending-updates", "/connections", "/holdings/history"] as const;

test("an early response answers its request once, and later requests are sent", async () => {
  const requests = PATHS.map((path) => stubRoute("get", path, () => HttpResponse.json({ path })));
  const fetch = startEarlyRequests(DEFAULTS);
  const early = await fetch("/holdings", GET);
  expect(await early.json()).toEqual({ path: "/holdings" });
  expect(requests.map((sent) => sent.length)).toEqual([1, 1, 1, 1]);
  await fetch("/holdings", GET);
  expect(requests[0]).toHaveLength(2);
});

test("early requests ask for the chosen currency", async () => {
  localStorage.setItem("tidings:currency", "EUR");
  const requests = PATHS.map((path) => stubRoute("get", path, () => HttpResponse.json({})));
  const fetch = startEarlyRequests(DEFAULTS);
  for (const path of ["/holdings", "/holdings/history"]) await fetch(`${path}?currency=EUR`, GET);
  expect(requests.map((sent) => sent.length)).toEqual([1, 1, 1, 1]);
});

test("early requests carry the host app's token", async () => {
  sessionStorage.setItem("token", "secret");
  const requests = stubRoute("get", "/holdings", () => HttpResponse.json({}));
  for (const path of PATHS.slice(1)) stubRoute("get", path, () => HttpResponse.json({}));
  const fetch = startEarlyRequests({ ...DEFAULTS, token: { storage: "session", key: "token" } });
  await fetch("/holdings", GET);
  expect(requests[0]?.headers.get("authorization")).toBe("Bearer secret");
});

test("the placeholders of index.html are those of the loading page", () => {
  render(<Skeleton />);
  const template = document.createElement("div");
  template.innerHTML = renderPlaceholders(SKELETON);
  const classes = (root: Element) => [...root.querySelectorAll("*")].map(({ className }) => className);
  expect(classes(screen.getByRole("status"))).toEqual(classes(template));
});
