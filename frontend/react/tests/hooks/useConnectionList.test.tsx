import { act } from "@testing-library/react";
import { useConnectionList } from "@tidings/react/connections";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { connection } from "../support/factories.js";
import { loadRecording, problemResponse, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";

const open = vi.fn<(url: string) => void>();
const useList = () => useConnectionList({ open, redirectUri: "https://app.example/back" });
const gone = () => new HttpResponse(null, { status: 204 });
const never = () => new Promise<Response>(() => undefined);

beforeEach(() => {
  freezeClock();
  open.mockReset();
  stubRoute("get", "/connections", recordedResponse("connections"));
});

async function renderList() {
  const { seen } = renderHookInTab(useList);
  await advanceTime(0);
  return seen;
}

async function click(action: () => void) {
  await act(async () => action());
  await advanceTime(1);
}

test("the list is empty until it is loaded", async () => {
  const { seen } = renderHookInTab(useList);
  expect(seen.now).toMatchObject({ state: "loading", connections: [], isPending: false });
  await advanceTime(0);
  expect(seen.now).toMatchObject({ state: "ready", connections: loadRecording("connections").body.connections });
});

const ended = { status: "revoked" } as const;
const lost = { status: "reconnect_required", status_reason: "credential_lost" } as const;

test.each([
  ["a SnapTrade connection to repair", { status: "reconnect_required" } as const, undefined, { reconnect: "item-1" }],
  ["a SnapTrade connection whose access has ended", ended, undefined, {}],
  ["a SnapTrade connection to replace", lost, { replace: true }, { replace: true }],
  ["a Plaid item whose access has ended", { ...ended, provider: "plaid" } as const, undefined, { reconnect: "item-1" }],
])("to reconnect %s, the request names what the provider can do", async (_which, overrides, options, body) => {
  const chosen = connection({ provider: "snaptrade", ...overrides });
  const requests = {
    plaid: stubRoute("post", "/plaid/create-connection-url", recordedResponse("plaid-url")),
    snaptrade: stubRoute("post", "/api/snaptrade/create-connection-url", recordedResponse("snaptrade-url")),
  };
  const seen = await renderList();
  await click(() => seen.now.reconnect(chosen, options));
  expect(await requests[chosen.provider][0]?.json()).toEqual({ ...body, redirect_uri: "https://app.example/back" });
  expect(open).toHaveBeenCalledOnce();
});

test("only a lost registration asks for a replacement", async () => {
  const seen = await renderList();
  expect(seen.now.needsReplacement(connection(lost))).toBe(true);
  expect(seen.now.needsReplacement(connection(ended))).toBe(false);
});

test("one connection or all can be disconnected", async () => {
  const [item, all] = [stubRoute("delete", "/plaid/items/item-1", gone), stubRoute("delete", "/connections", gone)];
  const seen = await renderList();
  await click(() => seen.now.disconnect(connection()));
  expect([item.length, all.length]).toEqual([1, 0]);
  await click(() => seen.now.disconnectAll());
  expect([item.length, all.length]).toEqual([1, 1]);
});

test("the list is pending while it connects or disconnects", async () => {
  stubRoute("delete", "/plaid/items/item-1", never);
  stubRoute("post", "/plaid/create-connection-url", never);
  const [one, two] = [await renderList(), await renderList()];
  expect([one.now.isPending, two.now.isPending]).toEqual([false, false]);
  await click(() => one.now.connect("plaid"));
  expect([one.now.isPending, two.now.isPending]).toEqual([true, false]);
  await click(() => two.now.disconnect(connection()));
  expect([one.now.isPending, two.now.isPending]).toEqual([true, true]);
});

test.each([
  ["connect", "post", "/plaid/create-connection-url"],
  ["disconnect", "delete", "/plaid/items/item-1"],
  ["disconnect all", "delete", "/connections"],
] as const)("an attempt to %s that fails leaves its error, and rejects nothing", async (attempt, method, path) => {
  stubRoute(method, path, problemResponse(409, "conflict"));
  const seen = await renderList();
  const { connect, disconnect, disconnectAll } = seen.now;
  const actions = { connect: () => connect("plaid"), disconnect: () => disconnect(connection()) };
  await click(attempt === "disconnect all" ? disconnectAll : actions[attempt]);
  expect(seen.now).toMatchObject({ isPending: false, error: { slug: "conflict" } });
});
