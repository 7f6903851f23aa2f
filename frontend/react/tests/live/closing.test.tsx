import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render } from "@testing-library/react";
import { createClient, TidingsProvider, tidingsQueries, usePendingUpdates } from "@tidings/react";
import { HttpResponse } from "msw";
import { freezeClock } from "../support/clock.js";
import { confirmLast, livePoll, startTab, stubTickets, ticketNumbered } from "../support/live.js";
import { MINUTE, PENDING } from "../support/polling.js";
import { BASE, stubRoute } from "../support/server.js";
import { advanceTime, renderHookInTab } from "../support/tab.js";
import { lastSocket, sockets, stubWebSockets } from "../support/webSockets.js";

beforeEach(() => {
  freezeClock();
  stubWebSockets();
});

/** Render a tab whose query cache sets no timers of its own once it is closed. */
async function startTabWithoutExpiry() {
  const tab = await startTab();
  tab.queryClient.setDefaultOptions({ queries: { gcTime: Number.POSITIVE_INFINITY } });
  tab.renderAgain();
  return tab;
}

test("a tab that closes while it waits for its ticket gives up the request, and opens no connection", async () => {
  stubRoute("get", PENDING, livePoll);
  let respond: (response: Response) => void = () => undefined;
  let waiting: AbortSignal | null | undefined;
  const fetchTicketLate: typeof fetch = (input, init) => {
    if (!String(input).endsWith("/live-ticket")) return fetch(input, init);
    waiting = init?.signal;
    return new Promise<Response>((resolve) => (respond = resolve));
  };
  const { unmount } = renderHookInTab(usePendingUpdates, { fetch: fetchTicketLate });
  await advanceTime(0);
  expect(waiting?.aborted).toBe(false);
  unmount();
  expect(waiting?.aborted).toBe(true);
  respond(HttpResponse.json(ticketNumbered(1)));
  await advanceTime(MINUTE);
  expect(sockets).toHaveLength(0);
});

test.each([0, 2_000])("a tab that closes %i ms after it was connected leaves no timer", async (held) => {
  stubTickets();
  const { unmount } = await startTabWithoutExpiry();
  await confirmLast();
  await advanceTime(held);
  lastSocket().nudge();
  await advanceTime(0);
  unmount();
  await advanceTime(0);
  expect(lastSocket().isClosed).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("a host that clears its query cache ends the connection", async () => {
  stubTickets();
  const { queryClient } = await startTab();
  await confirmLast();
  await act(async () => queryClient.clear());
  await advanceTime(0);
  expect(lastSocket().isClosed).toBe(true);
});

test("a tab that closes between two attempts makes no more, and leaves no timer", async () => {
  const tickets = stubTickets();
  const { unmount } = await startTabWithoutExpiry();
  lastSocket().drop();
  await advanceTime(1);
  unmount();
  await advanceTime(0);
  expect(vi.getTimerCount()).toBe(0);
  await advanceTime(10 * MINUTE);
  expect(tickets).toHaveLength(1);
});

test("a tab that closes before the code of live updates is loaded requests no ticket", async () => {
  const tickets = stubTickets();
  stubRoute("get", PENDING, livePoll);
  const queryClient = new QueryClient();
  const client = createClient({ baseUrl: BASE });
  await queryClient.fetchQuery(tidingsQueries(client).pending());
  const tab = render(
    <QueryClientProvider client={queryClient}>
      <TidingsProvider client={client} />
    </QueryClientProvider>,
  );
  tab.unmount();
  await advanceTime(MINUTE);
  expect(tickets).toHaveLength(0);
});
