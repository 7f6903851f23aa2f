import { act, renderHook, waitFor } from "@testing-library/react";
import { useConnect, useConnections, useDisconnect } from "@tidings/react/connections";
import { HttpResponse } from "msw";
import { StrictMode, useEffect } from "react";
import { loadRecording, problemResponse, recordedResponse, stubRoute } from "../support/server.js";
import { renderHookInTab, renderTab } from "../support/tab.js";

const linked = () => HttpResponse.json({ item_id: "item", institution: "Bank" }, { status: 201 });
const open = vi.fn<(url: string) => void>();
const useAll = () => ({
  connect: useConnect({ open, redirectUri: "https://app.example/back" }),
  connections: useConnections(),
  disconnect: useDisconnect(),
});

function Back() {
  const { complete } = useConnect();
  useEffect(() => void complete(), [complete]);
  return null;
}

beforeEach(() => {
  open.mockReset();
  sessionStorage.clear();
  stubRoute("get", "/connections", recordedResponse("connections"));
});

test("useConnections returns the connections", async () => {
  const { seen } = renderHookInTab(useAll);
  await waitFor(() => expect(seen.now.connections.connections).toEqual(loadRecording("connections").body.connections));
});

test("connect opens the provider's page, and complete runs once after the redirect", async () => {
  const requests = stubRoute("post", "/plaid/create-connection-url", recordedResponse("plaid-url"));
  const completed = stubRoute("post", "/plaid/complete-connection", linked());
  const { seen } = renderHookInTab(useAll);
  await act(() => seen.now.connect.connect("plaid", { reconnect: "item" }));
  const { connection_url, link_token } = loadRecording("plaid-url").body;
  expect(open).toHaveBeenCalledExactlyOnceWith(connection_url);
  expect(await requests[0]?.json()).toEqual({ reconnect: "item", redirect_uri: "https://app.example/back" });

  renderTab(
    <StrictMode>
      <Back />
    </StrictMode>,
  );
  await waitFor(() => expect(completed).toHaveLength(1));
  expect(await completed[0]?.json()).toEqual({ link_token });
  await act(async () => expect(await seen.now.connect.complete()).toBeNull());
  expect(completed).toHaveLength(1);
});

test("a SnapTrade connection needs no completion", async () => {
  const requests = stubRoute("post", "/api/snaptrade/create-connection-url", recordedResponse("snaptrade-url"));
  const { seen } = renderHookInTab(useAll);
  await act(() => seen.now.connect.connect("snaptrade", { broker: "ALPACA" }));
  expect(open).toHaveBeenCalledExactlyOnceWith(loadRecording("snaptrade-url").body.connection_url);
  expect(await requests[0]?.json()).toEqual({ broker: "ALPACA", redirect_uri: "https://app.example/back" });
});

test("complete refetches all", async () => {
  const { seen } = renderHookInTab(useAll);
  await waitFor(() => expect(seen.now.connections.isLoading).toBe(false));
  const reads = stubRoute("get", "/connections", recordedResponse("connections"));
  await act(async () => expect(await seen.now.connect.complete()).toBeNull());
  expect(reads).toHaveLength(1);
});

test("connect rejects with the API's error", async () => {
  stubRoute("post", "/plaid/create-connection-url", problemResponse(503, "not-configured", { retry_after: 60 }));
  const { seen } = renderHookInTab(useAll);
  await act(() => expect(seen.now.connect.connect("plaid")).rejects.toMatchObject({ slug: "not-configured" }));
  await waitFor(() => expect(seen.now.connect.error).toMatchObject({ slug: "not-configured" }));
  expect(open).not.toHaveBeenCalled();
});

test("disconnect deletes the right connection and refetches all", async () => {
  const gone = () => new HttpResponse(null, { status: 204 });
  const [item, connection, everything] = [
    stubRoute("delete", "/plaid/items/a", gone),
    stubRoute("delete", "/api/snaptrade/connections/b", gone),
    stubRoute("delete", "/connections", gone),
  ];
  const { seen } = renderHookInTab(useAll);
  await waitFor(() => expect(seen.now.connections.isLoading).toBe(false));
  const reads = stubRoute("get", "/connections", HttpResponse.json({ connections: [] }));
  await act(() => seen.now.disconnect.disconnect({ provider: "plaid", source_id: "a" }));
  await act(() => seen.now.disconnect.disconnect({ provider: "snaptrade", source_id: "b" }));
  await act(() => seen.now.disconnect.disconnectAll());
  expect([item, connection, everything].map((requests) => requests.length)).toEqual([1, 1, 1]);
  expect(reads).toHaveLength(3);
  expect(seen.now.connections.connections).toEqual([]);
});

test("a hook without TidingsProvider throws and names it", () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  expect(() => renderHook(() => useConnections())).toThrow("There is no <TidingsProvider>");
});
