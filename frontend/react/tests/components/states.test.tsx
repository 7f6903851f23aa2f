import { render, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { LoadNotice, UpdatesBanner, useHoldings, usePendingUpdates } from "@tidings/react";
import { PortfolioView } from "@tidings/react/view";
import { HttpResponse, http } from "msw";
import { BASE, loadRecording, recordedResponse, server, stubRoute } from "../support/server.js";
import { observeHook, renderHookInTab, renderTab } from "../support/tab.jsx";

const holdingsOf = (holdings: unknown[]) => {
  const { body } = loadRecording("holdings");
  body.holdings.portfolio_data.holdings = holdings;
  return Response.json(body);
};
const refuseByCors = () => server.use(http.get(BASE, () => new HttpResponse(null, { status: 404 })));

/** Stub the routes of a quick start: all but the holdings answer as for a user with one connection. */
function stubQuickStart(holdings: () => Response) {
  stubRoute("get", "/holdings", holdings);
  stubRoute("get", "/pending-updates", recordedResponse("pending-after-refresh"));
  stubRoute("get", "/connections", recordedResponse("connections"));
}

test("the quick start first says that it is loading", () => {
  stubQuickStart(() => recordedResponse("holdings"));
  renderTab(<PortfolioView />);
  expect(screen.getByRole("status")).toHaveTextContent("Loading your portfolio…");
});

test.each<[string, () => Response, () => void, RegExp]>([
  ["signed out", () => recordedResponse("unauthenticated"), () => undefined, /You are signed out/],
  ["unreachable", () => HttpResponse.error(), () => undefined, /server can't be reached/],
  ["refused by CORS", () => HttpResponse.error(), refuseByCors, /does not allow this site/],
  ["empty", () => holdingsOf([]), () => undefined, /There are no holdings in your accounts/],
  ["failed", () => recordedResponse("no-such-route"), () => undefined, /can’t be loaded right now/],
])("the quick start says that it is %s", async (_state, response, prepare, text) => {
  stubQuickStart(response);
  prepare();
  renderTab(<PortfolioView />);
  expect(await screen.findByText(text)).toBeVisible();
});

test("the quick start shows holdings, connections and a refresh button", async () => {
  stubQuickStart(() => recordedResponse("holdings"));
  renderTab(<PortfolioView className="mine" columns={["name", "value"]} />);
  expect(await screen.findByRole("table")).toBeVisible();
  expect(screen.getAllByRole("columnheader").map(({ textContent }) => textContent)).toEqual(["Holding", "Value"]);
  expect(screen.getByRole("button", { name: "Refresh" })).toBeVisible();
  expect(screen.getByRole("region", { name: "Portfolio" })).toHaveClass("tidings-portfolio", "mine");
  expect((await screen.findAllByRole("button", { name: /^Disconnect / })).length).toBeGreaterThan(0);
});

test("a retry keeps the focus at its button", async () => {
  const onRetry = vi.fn();
  const { rerender } = render(<LoadNotice state="failed" onRetry={onRetry} />);
  const button = screen.getByRole("button", { name: "Try again" });
  await userEvent.click(button);
  rerender(<LoadNotice state="failed" onRetry={onRetry} isRetrying />);
  await userEvent.keyboard("{Enter}");
  expect(button).toHaveFocus();
  expect(button).toBeEnabled();
  expect(onRetry).toHaveBeenCalledOnce();
});

test.each<[string, () => Response, () => void, RegExp]>([
  ["signed out", () => recordedResponse("unauthenticated"), () => undefined, /You are signed out/],
  ["refused by CORS", () => HttpResponse.error(), refuseByCors, /does not allow this site/],
])("the banner says that the first poll was %s", async (_state, response, prepare, text) => {
  stubRoute("get", "/pending-updates", response);
  prepare();
  renderTab(<UpdatesBanner />);
  expect(await screen.findByText(text)).toBeVisible();
});

test.each([
  ["loading", 0],
  ["signed_out", 0],
  ["empty", 0],
  ["offline", 1],
  ["unreachable", 1],
  ["blocked", 1],
  ["failed", 1],
] as const)("a notice that it is %s offers a retry only where that can help: %s", (state, offered) => {
  const { container, rerender } = render(<LoadNotice state={state} onRetry={() => undefined} />);
  expect(screen.queryAllByRole("button", { name: "Try again" })).toHaveLength(offered);
  expect(container.firstChild).toHaveAttribute("data-state", state);
  expect(container.firstChild).toHaveAttribute("aria-busy", `${state === "loading"}`);
  rerender(<LoadNotice state={state} />);
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

test("a hook passes the options of a query through", async () => {
  const requests = stubRoute("get", "/holdings", recordedResponse("holdings"));
  const { seen } = renderHookInTab(() => ({
    off: useHoldings(undefined, { enabled: false }),
    count: useHoldings(undefined, { select: ({ holdings }) => holdings.length }),
  }));
  await waitFor(() => expect(seen.now.count.data).toBeGreaterThan(0));
  expect(seen.now.count.status).toBe("success");
  expect(requests).toHaveLength(1);
});

test("a pending poll keeps its flags under select", async () => {
  stubRoute("get", "/pending-updates", recordedResponse("pending-update"));
  const { seen, shown } = observeHook(() => usePendingUpdates({ select: (pending) => Object.keys(pending.providers) }));
  renderTab(shown());
  await waitFor(() => expect(seen.now.data).toContain("plaid"));
  expect(seen.now.hasPendingUpdates).toBe(true);
});
