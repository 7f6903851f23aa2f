import { act } from "@testing-library/react";
import { useConnect, useConnections } from "@tidings/react/connections";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

const PLAID_URL = "/plaid/create-connection-url";
const COMPLETE = "/plaid/complete-connection";
const linked = () => HttpResponse.json({ item_id: "item", institution: "Bank" }, { status: 201 });
const useAll = () => ({ connect: useConnect(), connections: useConnections() });

beforeEach(() => {
  freezeClock();
  stubRoute("get", "/connections", recordedResponse("connections"));
});
afterEach(() => history.replaceState(null, "", "/"));

/** Stub a route whose response waits until it is released. */
function stubHeldRoute(path: string, response: () => Response): () => Promise<void> {
  let respond: (response: Response) => void = () => undefined;
  stubRoute("post", path, () => new Promise<Response>((resolve) => (respond = resolve)));
  return async () => {
    respond(response());
    await advanceTime(1);
  };
}

/** A provider's page that is a fragment of the current one, because jsdom opens no other. */
const providersPage = () =>
  HttpResponse.json({
    connection_url: `${location.href}#provider`,
    link_token: "link-1",
    expires_at: "2026-03-01T16:00:00Z",
  });

test("by default, the provider's page opens in this tab and leads back to the current page without its query", async () => {
  history.replaceState(null, "", "/portfolio?sort=name");
  const requests = stubRoute("post", PLAID_URL, providersPage);
  const { seen } = renderHookInTab(useAll);
  await act(() => seen.now.connect.connect("plaid"));
  expect(await requests[0]?.json()).toEqual({ redirect_uri: `${location.origin}/portfolio` });
  expect(location.hash).toBe("#provider");
});

test("a connection is pending until its page opens, and again while it is completed", async () => {
  const release = stubHeldRoute(PLAID_URL, providersPage);
  const { seen } = renderHookInTab(useAll);
  await advanceTime(0);
  const pending = () => [seen.now.connect.isPending, seen.now.connect.isConnecting];
  expect(pending()).toEqual([false, false]);
  await act(async () => void seen.now.connect.connect("plaid"));
  await advanceTime(1);
  expect(pending()).toEqual([true, true]);
  await release();
  expect(pending()).toEqual([false, false]);

  const complete = stubHeldRoute(COMPLETE, linked);
  await act(async () => void seen.now.connect.complete());
  await advanceTime(1);
  expect(pending()).toEqual([true, true]);
  await complete();
  expect(pending()).toEqual([false, false]);
});

test("a completed connection is on screen, and so is what a failed completion left", async () => {
  stubRoute("post", PLAID_URL, providersPage);
  const { seen } = renderHookInTab(useAll);
  await advanceTime(0);
  for (const answer of [linked, () => recordedResponse("unauthenticated")]) {
    stubRoute("post", COMPLETE, answer);
    await act(() => seen.now.connect.connect("plaid"));
    const reads = stubRoute("get", "/connections", recordedResponse("connections"));
    await act(async () => void seen.now.connect.complete().catch(() => undefined));
    await advanceTime(1);
    expect(reads).toHaveLength(1);
  }
});
