import { act, renderHook, waitFor } from "@testing-library/react";
import { useConnect, useConnections, useDisconnect } from "@tidings/react";
import { HttpResponse } from "msw";
import { StrictMode, useEffect } from "react";
import { answers, problem, recorded, replay } from "../support/server.js";
import { inTab, tab } from "../support/tab.js";

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
  answers("get", "/connections", replay("connections"));
});

test("connections are listed", async () => {
  const { seen } = inTab(useAll);
  await waitFor(() => expect(seen.now.connections.connections).toEqual(recorded("connections").body.connections));
});

test("connecting opens the provider's page, and coming back completes it, once", async () => {
  const asked = answers("post", "/plaid/create-connection-url", replay("plaid-url"));
  const completed = answers("post", "/plaid/complete-connection", linked());
  const { seen } = inTab(useAll);
  await act(() => seen.now.connect.connect("plaid", { reconnect: "item" }));
  const { connection_url, link_token } = recorded("plaid-url").body;
  expect(open).toHaveBeenCalledExactlyOnceWith(connection_url);
  expect(await asked[0]?.json()).toEqual({ reconnect: "item", redirect_uri: "https://app.example/back" });

  tab(
    <StrictMode>
      <Back />
    </StrictMode>,
  );
  await waitFor(() => expect(completed).toHaveLength(1));
  expect(await completed[0]?.json()).toEqual({ link_token });
  await act(async () => expect(await seen.now.connect.complete()).toBeNull());
  expect(completed).toHaveLength(1);
});

test("SnapTrade's connection needs no completing", async () => {
  const asked = answers("post", "/api/snaptrade/create-connection-url", replay("snaptrade-url"));
  const { seen } = inTab(useAll);
  await act(() => seen.now.connect.connect("snaptrade", { broker: "ALPACA" }));
  expect(open).toHaveBeenCalledExactlyOnceWith(recorded("snaptrade-url").body.connection_url);
  expect(await asked[0]?.json()).toEqual({ broker: "ALPACA", redirect_uri: "https://app.example/back" });
});

test("coming back reads all again", async () => {
  const { seen } = inTab(useAll);
  await waitFor(() => expect(seen.now.connections.isLoading).toBe(false));
  const reads = answers("get", "/connections", replay("connections"));
  await act(async () => expect(await seen.now.connect.complete()).toBeNull());
  expect(reads).toHaveLength(1);
});

test("what can't be connected is told", async () => {
  answers("post", "/plaid/create-connection-url", problem(503, "not-configured", { retry_after: 60 }));
  const { seen } = inTab(useAll);
  await act(() => expect(seen.now.connect.connect("plaid")).rejects.toMatchObject({ slug: "not-configured" }));
  await waitFor(() => expect(seen.now.connect.error).toMatchObject({ slug: "not-configured" }));
  expect(open).not.toHaveBeenCalled();
});

test("disconnecting ends the right one, and reads all again", async () => {
  const gone = () => new HttpResponse(null, { status: 204 });
  const [item, connection, everything] = [
    answers("delete", "/plaid/items/a", gone),
    answers("delete", "/api/snaptrade/connections/b", gone),
    answers("delete", "/connections", gone),
  ];
  const { seen } = inTab(useAll);
  await waitFor(() => expect(seen.now.connections.isLoading).toBe(false));
  const reads = answers("get", "/connections", HttpResponse.json({ connections: [] }));
  await act(() => seen.now.disconnect.disconnect({ provider: "plaid", source_id: "a" }));
  await act(() => seen.now.disconnect.disconnect({ provider: "snaptrade", source_id: "b" }));
  await act(() => seen.now.disconnect.disconnectAll());
  expect([item, connection, everything].map((requests) => requests.length)).toEqual([1, 1, 1]);
  expect(reads).toHaveLength(3);
  expect(seen.now.connections.connections).toEqual([]);
});

test("without a provider around it, a hook says what is missing", () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  expect(() => renderHook(useConnections)).toThrow("<TidingsProvider client={…}>");
});
