import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { PortfolioView, type PortfolioViewProps } from "@tidings/react/view";
import { connection } from "../support/factories.js";
import { pendingResponse, stubPolls } from "../support/refreshScenario.js";
import { loadRecording, problemResponse, recordedResponse, stubRoute } from "../support/server.js";
import { renderTab } from "../support/tab.jsx";

interface Scenario {
  connections?: object[] | Response;
  holdings?: Response[];
}

/** Open the view of a user with one connection, unless the scenario says otherwise. */
function openView({ connections = [connection()], holdings = [] }: Scenario = {}, props: PortfolioViewProps = {}) {
  const [first = recordedResponse("holdings"), ...later] = holdings;
  stubRoute("get", "/holdings", first, ...later);
  stubRoute("get", "/pending-updates", recordedResponse("pending-after-refresh"));
  stubRoute("get", "/connections", connections instanceof Response ? connections : Response.json({ connections }));
  return renderTab(<PortfolioView {...props} />);
}

const REFRESH = "/holdings/refresh";
const refreshButton = () => screen.findByRole("button", { name: "Refresh" });
const loadAgain = ({ queryClient }: ReturnType<typeof openView>) => queryClient.invalidateQueries();

function withoutHoldings(lastUpdated: string | null) {
  const { body } = loadRecording("holdings");
  body.holdings.portfolio_data.holdings = [];
  body.holdings.portfolio_metadata.last_updated = lastUpdated;
  return [Response.json(body)];
}

test("a portfolio that can't be loaded again stays, and says that it is not the newest", async () => {
  const view = openView({ holdings: [recordedResponse("holdings"), problemResponse(403, "forbidden")] });
  await screen.findByRole("table");
  expect(screen.queryByText("The newest figures can’t be loaded right now.")).not.toBeInTheDocument();
  await loadAgain(view);
  expect(await screen.findByText("The newest figures can’t be loaded right now.")).toHaveRole("status");
  expect(screen.getByRole("table")).toBeVisible();
});

test("being signed out hides a portfolio that was shown", async () => {
  const view = openView({ holdings: [recordedResponse("holdings"), recordedResponse("unauthenticated")] });
  await screen.findByRole("table");
  await loadAgain(view);
  expect(await screen.findByText(/You are signed out/)).toBeVisible();
  expect(screen.queryByRole("table")).not.toBeInTheDocument();
});

test("the host's own notice stands in place of a state's", async () => {
  openView({ holdings: [recordedResponse("unauthenticated")] }, { states: { signed_out: <p>Sign in here.</p> } });
  expect(await screen.findByText("Sign in here.")).toBeVisible();
  expect(screen.queryByText(/You are signed out/)).not.toBeInTheDocument();
});

test.each([
  ["nothing connected", [], null, "No broker is connected yet.", 0],
  ["nothing fetched", [connection()], null, "Your holdings come with the first refresh.", 1],
  ["empty accounts", [connection()], "2026-02-19T14:03:00Z", "There are no holdings in your accounts.", 1],
])("a view with %s says so, and has a refresh button only with a connection", async (...scenario) => {
  const [, connections, lastUpdated, text, buttons] = scenario;
  openView({ connections, holdings: withoutHoldings(lastUpdated) });
  expect(await screen.findByText(text)).toBeVisible();
  await waitFor(() => expect(document.querySelectorAll(".tidings-empty")).toHaveLength(1));
  expect(screen.queryAllByRole("button", { name: "Refresh" })).toHaveLength(buttons);
});

test("the host's own text of an empty portfolio, and its summary, are shown", async () => {
  const props = { states: { empty: "Nothing yet." }, renderSummary: () => <p>My total</p> };
  openView({ holdings: withoutHoldings(null) }, props);
  expect(await screen.findByText("Nothing yet.")).toBeVisible();
  expect(screen.getByText("My total")).toBeVisible();
});

test("connections that are loading, or can't be loaded, have a notice in place of their list", async () => {
  openView({ connections: recordedResponse("no-such-route") });
  expect(await screen.findByText("Loading your portfolio…")).toBeVisible();
  await screen.findByRole("table");
  const heading = screen.getByRole("heading", { name: "Connections" });
  await waitFor(() => expect(heading.nextElementSibling).toHaveAttribute("data-state", "failed"));
  expect(screen.queryByRole("list")).not.toBeInTheDocument();
});

test("a list of connections has no notice", async () => {
  openView();
  const list = await screen.findByRole("list");
  expect(within(list).getByRole("button", { name: /^Disconnect / })).toBeEnabled();
  expect(document.querySelector(".tidings-empty")).toBeNull();
});

test("while a refresh is refused, the button counts down and sends nothing more", async () => {
  const requests = stubRoute("post", REFRESH, problemResponse(429, "cooling-down", { retry_after: 40 }));
  openView();
  const wait = { refresh_available_at: new Date(Date.now() + 400_000).toISOString() };
  stubPolls(pendingResponse({}), pendingResponse(wait, wait));
  const button = await refreshButton();
  expect(button).toHaveAttribute("aria-disabled", "false");
  await userEvent.click(button);
  await waitFor(() => expect(button).toHaveTextContent(/^Please wait \d+ s$/));
  expect(button).toHaveAttribute("aria-disabled", "true");
  expect(button.nextElementSibling).toBeEmptyDOMElement();
  await userEvent.click(button);
  expect(requests).toHaveLength(1);
});

test("while a refresh runs, the button says so and sends nothing more", async () => {
  let respond = (_response: Response) => {};
  const requests = stubRoute("post", REFRESH, () => new Promise<Response>((resolve) => (respond = resolve)));
  const onRefreshed = vi.fn();
  openView({}, { onRefreshed });
  const button = await refreshButton();
  await userEvent.click(button);
  expect(button).toHaveTextContent("Refreshing...");
  expect(button).toHaveAttribute("aria-disabled", "true");
  await userEvent.click(button);
  await waitFor(() => expect(requests).toHaveLength(1));
  respond(recordedResponse("refresh-fresh"));
  await waitFor(() => expect(button).toHaveAttribute("aria-disabled", "false"));
  expect(requests).toHaveLength(1);
  expect(onRefreshed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ error: null }));
});

test.each([
  ["failed", problemResponse(503, "provider-outage"), 503],
  ["was refused", problemResponse(429, "cooling-down", { retry_after: 40 }), 429],
])("a host that gets the result of a refresh that %s shows it itself", async (_how, response, status) => {
  const onRefreshed = vi.fn();
  stubRoute("post", REFRESH, response);
  openView({}, { onRefreshed });
  const button = await refreshButton();
  await userEvent.click(button);
  await waitFor(() => expect(onRefreshed).toHaveBeenCalledOnce());
  expect(onRefreshed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ status }));
  expect(button.nextElementSibling).toBeEmptyDOMElement();
});
