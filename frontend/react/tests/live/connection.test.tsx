import { usePendingUpdates } from "@tidings/react";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { confirmLast, livePoll, pendingWith, startTab, stubTickets, ticketNumbered } from "../support/live.js";
import { MINUTE, PENDING } from "../support/polling.js";
import { problemResponse, recordedResponse, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";
import { type FakeWebSocket, lastSocket, openSockets, sockets, stubWebSockets } from "../support/webSockets.js";

beforeEach(() => {
  freezeClock();
  stubWebSockets();
});

/** Decode what a connection presents. */
function readHeader(socket: FakeWebSocket | undefined): unknown {
  const header = socket?.protocols[1]?.replace("header-", "") ?? "";
  return JSON.parse(atob(header.replaceAll("-", "+").replaceAll("_", "/")));
}

test.each([
  ["absent", {}],
  ["false", { live: false }],
])("no ticket is requested if a poll's live is %s", async (_name, fields) => {
  const tickets = stubTickets();
  stubRoute("get", PENDING, pendingWith(fields));
  renderHookInTab(usePendingUpdates);
  await advanceTime(MINUTE);
  expect(tickets).toHaveLength(0);
  expect(sockets).toHaveLength(0);
});

test("the connection presents its ticket and subscribes to the ticket's channel", async () => {
  stubTickets();
  await startTab();
  const [socket] = sockets;
  expect(socket?.url).toBe("wss://live.example/event/realtime");
  expect(socket?.protocols[0]).toBe("aws-appsync-event-ws");
  const authorization = { host: "live-http.example", Authorization: "ticket-1" };
  expect(readHeader(socket)).toEqual(authorization);
  await confirmLast();
  expect(socket?.sent).toEqual([
    { type: "connection_init" },
    { type: "subscribe", id: "updates", channel: `/updates/${"0".repeat(40)}`, authorization },
  ]);
});

test.each(["~~~???>>>ÿ", "~~~???>>>ÿ1", "~~~???>>>ÿ12"])("the header of the ticket %s is base64url", async (ticket) => {
  stubRoute("post", "/live-ticket", HttpResponse.json({ ...ticketNumbered(1), ticket }));
  await startTab();
  expect(lastSocket().protocols[1]).toMatch(/^header-[A-Za-z0-9_-]+$/);
  expect(readHeader(lastSocket())).toMatchObject({ Authorization: ticket });
});

test("a sign of life before the subscription is confirmed does not confirm it", async () => {
  stubTickets();
  const { polls } = await startTab();
  lastSocket().onopen?.();
  lastSocket().receive({ type: "connection_ack", connectionTimeoutMs: 300_000 });
  lastSocket().receive({ type: "ka" });
  await advanceTime(0);
  expect(polls).toHaveLength(1);
  await advanceTime(15_000);
  expect(sockets[0]?.isClosed).toBe(true);
});

test("a confirmed subscription polls once, for what happened before", async () => {
  stubTickets();
  const { polls } = await startTab();
  expect(polls).toHaveLength(1);
  await confirmLast();
  expect(polls).toHaveLength(2);
});

test("a server that accepts and says nothing is left after 15 s", async () => {
  stubTickets();
  await startTab();
  lastSocket().onopen?.();
  await advanceTime(14_999);
  expect(openSockets()).toHaveLength(1);
  await advanceTime(1);
  expect(openSockets()).toHaveLength(0);
});

test("a server that never confirms the subscription is left after 15 s", async () => {
  stubTickets();
  const { polls } = await startTab();
  lastSocket().onopen?.();
  lastSocket().receive({ type: "connection_ack", connectionTimeoutMs: 300_000 });
  await advanceTime(15_000);
  expect(sockets[0]?.isClosed).toBe(true);
  expect(polls).toHaveLength(1);
});

test.each([
  [60_000, 60_000],
  [1, 10_000],
  [9e9, 300_000],
  ["soon", 300_000],
])("after a connection_ack with the timeout %s, a silence of %i ms ends the connection", async (timeout, silence) => {
  stubTickets();
  await startTab();
  await confirmLast(timeout);
  await advanceTime(silence - 1);
  expect(openSockets()).toHaveLength(1);
  sockets[0]?.receive({ type: "ka" });
  await advanceTime(silence - 1);
  expect(openSockets()).toHaveLength(1);
  await advanceTime(1);
  expect(sockets[0]?.isClosed).toBe(true);
});

test.each([
  ["no JSON", "no json"],
  ["null", "null"],
  ["a list", "[]"],
  ["a number", "5"],
  ["a string", '"ka"'],
  ["an object without a type", "{}"],
  ["binary", new Blob(["ka"])],
])("a message that is %s neither ends a connection nor keeps it alive", async (_name, message) => {
  stubTickets();
  const { polls } = await startTab();
  lastSocket().receive(message);
  await confirmLast(60_000);
  await advanceTime(59_000);
  lastSocket().receive(message);
  expect(openSockets()).toHaveLength(1);
  await advanceTime(1_000);
  expect(sockets[0]?.isClosed).toBe(true);
  expect(polls).toHaveLength(2);
});

test("messages out of turn neither confirm nor subscribe twice", async () => {
  stubTickets();
  const { polls } = await startTab();
  lastSocket().receive({ type: "subscribe_success", id: "updates" });
  await advanceTime(0);
  expect(polls).toHaveLength(1);
  await confirmLast();
  lastSocket().receive({ type: "connection_ack" });
  lastSocket().receive({ type: "subscribe_success", id: "updates" });
  await advanceTime(2_000);
  expect(lastSocket().sent).toHaveLength(2);
  expect(polls).toHaveLength(2);
});

test("a deployment without live updates is not asked again, and the polls go on", async () => {
  const tickets = stubRoute("post", "/live-ticket", problemResponse(404, "live-updates-off"));
  const { polls } = await startTab();
  for (let minute = 0; minute < 11; minute++) await advanceTime(MINUTE);
  expect(tickets).toHaveLength(1);
  expect(polls).toHaveLength(3);
});

test("a user who is signed out gets no connection, and the page says so", async () => {
  const tickets = stubRoute("post", "/live-ticket", recordedResponse("unauthenticated"));
  const polls = stubRoute("get", PENDING, livePoll, recordedResponse("unauthenticated"));
  const { seen } = renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  await advanceTime(0);
  expect(seen.now.state).toBe("signed_out");
  await advanceTime(4 * MINUTE);
  expect([tickets.length, polls.length]).toEqual([1, 2]);
  expect(sockets).toHaveLength(0);
});

test("a ticket that is refused for want of a sign-in is not requested again, though polls are answered", async () => {
  const tickets = stubRoute("post", "/live-ticket", recordedResponse("unauthenticated"));
  const { polls } = await startTab();
  await advanceTime(1_000);
  for (let minute = 0; minute < 11; minute++) await advanceTime(MINUTE);
  expect(tickets).toHaveLength(1);
  expect(polls).toHaveLength(4);
});

test("a poll's 401 closes the connection, and the next success opens another", async () => {
  stubTickets();
  stubRoute("get", PENDING, livePoll, livePoll, recordedResponse("unauthenticated"), livePoll);
  const { seen } = renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  await confirmLast();
  await advanceTime(2_000);
  lastSocket().nudge();
  await advanceTime(0);
  expect(seen.now.state).toBe("signed_out");
  expect(openSockets()).toHaveLength(0);
  await advanceTime(5.5 * MINUTE);
  expect(seen.now.state).toBe("ready");
  expect(openSockets()).toHaveLength(1);
});
