import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { confirmLast, startTab, stubTickets, ticketNumbered } from "../support/live.js";
import { MINUTE } from "../support/polling.js";
import { problemResponse, stubRoute } from "../support/server.js";
import { advanceTime } from "../support/tab.js";
import { lastSocket, openSockets, sockets, stubWebSockets } from "../support/webSockets.js";

beforeEach(() => {
  freezeClock();
  stubWebSockets();
});

/** Let attempts fail, and return the seconds from each to the next. */
async function secondsBetweenAttempts(count: number): Promise<number[]> {
  const waits: number[] = [];
  for (let attempt = 0; attempt < count; attempt++) {
    const opened = sockets.length;
    lastSocket().drop();
    let seconds = 0;
    while (sockets.length === opened) {
      await advanceTime(1_000);
      seconds++;
    }
    waits.push(seconds);
  }
  return waits;
}

test.each(["subscribe_error", "connection_error", "error", "broadcast_error"])(
  "a %s ends the connection, and the next has a new ticket",
  async (type) => {
    const tickets = stubTickets();
    await startTab();
    lastSocket().onopen?.();
    lastSocket().receive({ type, errors: [{ errorType: "UnauthorizedException" }] });
    expect(openSockets()).toHaveLength(0);
    await advanceTime(4_000);
    expect(tickets).toHaveLength(2);
    expect(openSockets()).toHaveLength(1);
  },
);

test("a connection is renewed with a new ticket within 54 to 60 min", async () => {
  const tickets = stubTickets();
  await startTab();
  await confirmLast();
  for (let minute = 0; minute < 54; minute++) {
    lastSocket().receive({ type: "ka" });
    await advanceTime(MINUTE);
  }
  expect(tickets).toHaveLength(1);
  for (let minute = 0; minute < 7 && sockets.length === 1; minute++) {
    for (let step = 0; step < 10 && sockets.length === 1; step++) await advanceTime(6_000);
    sockets[0]?.receive({ type: "ka" });
  }
  expect(sockets[0]?.isClosed).toBe(true);
  expect(tickets).toHaveLength(2);
  await confirmLast();
  await advanceTime(MINUTE);
  expect(openSockets()).toEqual([sockets[1]]);
});

test.each([
  ["least", 0, 60],
  ["most", 0.999_999, 54],
])("a renewal with the %s jitter, of %f, comes after %i min", async (_name, random, minutes) => {
  vi.spyOn(Math, "random").mockReturnValue(random);
  const tickets = stubTickets();
  await startTab();
  for (let minute = 0; minute < minutes; minute++) {
    if (minute === 0) await confirmLast();
    lastSocket().receive({ type: "ka" });
    expect(tickets).toHaveLength(1);
    await advanceTime(MINUTE);
  }
  expect(openSockets()).toHaveLength(0);
});

test.each([
  ["least", 0, [1, 1, 1, 1, 1, 1]],
  ["most", 0.999_999, [4, 8, 16, 32, 60, 60]],
])("the waits between attempts have their %s jitter", async (_name, random, expected) => {
  vi.spyOn(Math, "random").mockReturnValue(random);
  stubTickets();
  await startTab();
  expect(await secondsBetweenAttempts(6)).toEqual(expected);
});

test("after ten failures in a row the attempts rest for 30 min, and the polls go on", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const tickets = stubTickets();
  const { polls } = await startTab();
  expect(await secondsBetweenAttempts(9)).toEqual(Array(9).fill(1));
  lastSocket().drop();
  expect(tickets).toHaveLength(10);
  const polled = polls.length;
  for (let minute = 0; minute < 29; minute++) await advanceTime(MINUTE);
  expect(tickets).toHaveLength(10);
  expect(polls.length).toBeGreaterThanOrEqual(polled + 5);
  await advanceTime(MINUTE);
  expect(tickets).toHaveLength(11);
});

test("a connection that held for a minute starts the waits anew", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.999_999);
  stubTickets();
  await startTab();
  await secondsBetweenAttempts(3);
  await confirmLast();
  await advanceTime(MINUTE);
  expect(await secondsBetweenAttempts(2)).toEqual([2, 4]);
});

test.each([0, 59_000])("a connection that is confirmed and dropped after %i ms counts as a failure", async (held) => {
  vi.spyOn(Math, "random").mockReturnValue(0.999_999);
  stubTickets();
  await startTab();
  await secondsBetweenAttempts(2);
  await confirmLast();
  await advanceTime(held);
  expect(await secondsBetweenAttempts(1)).toEqual([16]);
});

test("the waits grow after tickets that were not given, too", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.999_999);
  const tickets = stubRoute("post", "/live-ticket", problemResponse(503, "store-unavailable"));
  await startTab();
  for (const [attempts, seconds] of [4, 8, 16].entries()) {
    await advanceTime(seconds * 1_000 - 10);
    expect(tickets).toHaveLength(attempts + 1);
    await advanceTime(10);
    expect(tickets).toHaveLength(attempts + 2);
  }
});

test("a 429 is waited for as long as it asks", async () => {
  const tickets = stubRoute(
    "post",
    "/live-ticket",
    problemResponse(429, "too-many-requests", { retry_after: 50 }, { "retry-after": "50" }),
    HttpResponse.json(ticketNumbered(1)),
  );
  await startTab();
  await advanceTime(49_000);
  expect(tickets).toHaveLength(1);
  await advanceTime(1_000);
  expect(tickets).toHaveLength(2);
  expect(openSockets()).toHaveLength(1);
});

test.each<[string, () => Response]>([
  ["a 503", () => problemResponse(503, "store-unavailable")],
  ["no response", () => HttpResponse.error()],
  ["a body without a ticket", () => HttpResponse.json({})],
  ["an invalid URL", () => HttpResponse.json({ ...ticketNumbered(1), websocket_url: "live" })],
])("the attempt after %s follows within 4 s", async (_name, answer) => {
  stubWebSockets();
  const FakeSocket = globalThis.WebSocket;
  vi.stubGlobal("WebSocket", function open(url: string, protocols: string[]) {
    if (!url.startsWith("wss:")) throw new SyntaxError(url);
    return new FakeSocket(url, protocols);
  });
  const tickets = stubRoute("post", "/live-ticket", answer, HttpResponse.json(ticketNumbered(2)));
  await startTab();
  expect(tickets).toHaveLength(1);
  await advanceTime(4_000);
  expect(tickets).toHaveLength(2);
  expect(openSockets()).toHaveLength(1);
});
