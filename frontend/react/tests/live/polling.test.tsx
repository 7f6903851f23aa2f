import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render } from "@testing-library/react";
import { createClient, type TidingsClient, TidingsProvider, usePendingUpdates } from "@tidings/react";
import { HttpResponse } from "msw";
import { createElement, Fragment, StrictMode } from "react";
import { freezeClock } from "../support/clock.js";
import { confirmLast, livePoll, pendingWith, stubTickets, ticketNumbered } from "../support/live.js";
import { MINUTE, PENDING, setVisibility } from "../support/polling.js";
import { BASE, loadRecording, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";
import { lastSocket, openSockets, sockets, stubWebSockets } from "../support/webSockets.js";

function Poll() {
  usePendingUpdates();
  return null;
}

beforeEach(() => {
  freezeClock();
  stubWebSockets();
});
afterEach(() => setVisibility("visible"));

async function startConnectedTab() {
  const tickets = stubTickets();
  const polls = stubRoute("get", PENDING, livePoll);
  const tab = renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  await confirmLast();
  await advanceTime(2_000);
  return { ...tab, polls, tickets };
}

/** Advance minute by minute, with a connection that is alive. */
async function passMinutes(minutes: number) {
  for (let minute = 0; minute < minutes; minute++) {
    for (const socket of openSockets()) socket.receive({ type: "ka" });
    await advanceTime(MINUTE);
  }
}

test("a nudge polls at once, and the hook shows what the poll says", async () => {
  stubTickets();
  const after = loadRecording("pending-after-refresh").body;
  const polls = stubRoute("get", PENDING, livePoll, livePoll, HttpResponse.json({ ...after, live: true }));
  const { seen } = renderHookInTab(usePendingUpdates);
  await advanceTime(0);
  await confirmLast();
  await advanceTime(2_000);
  expect(seen.now.hasPendingUpdates).toBe(true);
  await act(async () => lastSocket().nudge());
  await advanceTime(0);
  expect(polls).toHaveLength(3);
  expect(seen.now.hasPendingUpdates).toBe(false);
});

test("a burst of nudges polls once a second, the last time after its end", async () => {
  const { polls } = await startConnectedTab();
  for (let tenth = 0; tenth < 25; tenth++) {
    lastSocket().nudge();
    await advanceTime(100);
  }
  expect(polls).toHaveLength(2 + 3);
  await advanceTime(1_000);
  expect(polls).toHaveLength(2 + 4);
  await advanceTime(10_000);
  expect(polls).toHaveLength(2 + 4);
});

test("a nudge within a second after another polls when the second is over", async () => {
  const { polls } = await startConnectedTab();
  for (const wait of [1, 998]) {
    lastSocket().nudge();
    await advanceTime(wait);
    expect(polls).toHaveLength(3);
  }
  await advanceTime(1);
  expect(polls).toHaveLength(4);
});

test("the poll runs every 30 min ± 10 % while connected", async () => {
  const { polls } = await startConnectedTab();
  await passMinutes(26);
  expect(polls).toHaveLength(2);
  await passMinutes(7);
  expect(polls).toHaveLength(3);
});

test("the poll runs every 5 min again as soon as the connection is lost", async () => {
  const { polls } = await startConnectedTab();
  await passMinutes(10);
  const refuse = () => HttpResponse.error();
  stubRoute("post", "/live-ticket", refuse);
  await act(async () => lastSocket().drop());
  await passMinutes(6);
  expect(polls).toHaveLength(3);
  await passMinutes(6);
  expect(polls).toHaveLength(4);
});

test("a poll that no longer offers live updates closes the connection", async () => {
  const { polls } = await startConnectedTab();
  stubRoute("get", PENDING, pendingWith({ live: false }));
  lastSocket().nudge();
  await advanceTime(0);
  expect(openSockets()).toHaveLength(0);
  await advanceTime(2 * MINUTE);
  expect(sockets).toHaveLength(1);
  expect(polls).toHaveLength(2);
});

describe("a hidden page", () => {
  test("a page that is hidden for less than 10 s keeps its connection", async () => {
    const { polls } = await startConnectedTab();
    await setVisibility("hidden");
    await advanceTime(9_999);
    await setVisibility("visible");
    await advanceTime(10_000);
    expect(sockets).toHaveLength(1);
    expect(openSockets()).toHaveLength(1);
    expect(polls.length).toBeLessThanOrEqual(3);
  });

  test("a hidden page closes its connection after 10 s and opens none", async () => {
    await startConnectedTab();
    await setVisibility("hidden");
    await advanceTime(10_000);
    expect(openSockets()).toHaveLength(0);
    await passMinutes(40);
    expect(sockets).toHaveLength(1);
  });

  test("a page that is shown again connects with a new ticket, and polls", async () => {
    const { polls, tickets } = await startConnectedTab();
    await setVisibility("hidden");
    await passMinutes(1);
    await setVisibility("visible");
    await advanceTime(0);
    expect(tickets).toHaveLength(2);
    const polled = polls.length;
    await confirmLast();
    await advanceTime(1_000);
    expect(polls.length).toBeGreaterThan(polled);
    expect(openSockets()).toHaveLength(1);
  });

  test("a page that was never shown has no connection", async () => {
    await setVisibility("hidden");
    const tickets = stubTickets();
    stubRoute("get", PENDING, livePoll);
    renderHookInTab(usePendingUpdates);
    await advanceTime(MINUTE);
    expect(tickets).toHaveLength(0);
  });
});

describe("mounting", () => {
  const providerOf = (client: TidingsClient) => (
    <TidingsProvider client={client}>
      <Poll />
    </TidingsProvider>
  );
  const tabOf = (queryClient: QueryClient, ...clients: TidingsClient[]) => (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        {createElement(Fragment, null, ...clients.map(providerOf))}
      </QueryClientProvider>
    </StrictMode>
  );

  test("strict mode opens one connection", async () => {
    stubTickets();
    stubRoute("get", PENDING, livePoll);
    const view = render(tabOf(new QueryClient(), createClient({ baseUrl: BASE })));
    await advanceTime(0);
    await confirmLast();
    expect(openSockets()).toHaveLength(1);
    view.unmount();
    expect(openSockets()).toHaveLength(0);
  });

  test("two providers of one client share a connection until both have gone", async () => {
    stubTickets();
    stubRoute("get", PENDING, livePoll);
    const client = createClient({ baseUrl: BASE });
    const queryClient = new QueryClient();
    const view = render(tabOf(queryClient, client, client));
    await advanceTime(0);
    await confirmLast();
    expect(sockets).toHaveLength(1);
    view.rerender(tabOf(queryClient, client));
    await advanceTime(2_000);
    expect(openSockets()).toHaveLength(1);
    view.unmount();
    expect(openSockets()).toHaveLength(0);
  });

  test("another user's client closes the connection of the user before", async () => {
    const tickets = stubTickets();
    stubRoute("get", PENDING, livePoll);
    const queryClient = new QueryClient();
    const view = render(tabOf(queryClient, createClient({ baseUrl: BASE })));
    await advanceTime(0);
    await confirmLast();
    view.rerender(tabOf(queryClient, createClient({ baseUrl: BASE })));
    expect(sockets[0]?.isClosed).toBe(true);
    await advanceTime(0);
    expect(tickets).toHaveLength(2);
    expect(openSockets()).toHaveLength(1);
  });

  test("two clients have a connection each, and a nudge polls its own", async () => {
    stubTickets();
    stubRoute("get", PENDING, livePoll);
    const asked: string[] = [];
    const other = "https://other.example";
    const fetchAsOther: typeof fetch = async (input) => {
      asked.push(String(input).replace(other, ""));
      const body = String(input).endsWith("/live-ticket")
        ? { ...ticketNumbered(9), channel: "/updates/other" }
        : { ...loadRecording("pending-update").body, live: true };
      return Response.json(body);
    };
    const polls = stubRoute("get", PENDING, livePoll);
    render(
      tabOf(new QueryClient(), createClient({ baseUrl: BASE }), createClient({ baseUrl: other, fetch: fetchAsOther })),
    );
    await advanceTime(0);
    expect(openSockets()).toHaveLength(2);
    for (const socket of sockets) await act(async () => socket.confirm());
    await advanceTime(2_000);
    const before = [polls.length, asked.length];
    sockets.find(({ sent }) => sent[1]?.channel === "/updates/other")?.nudge();
    await advanceTime(0);
    expect([polls.length, asked.length]).toEqual([before[0], (before[1] ?? 0) + 1]);
  });
});
