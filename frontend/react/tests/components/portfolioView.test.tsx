import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { PortfolioView } from "@tidings/react/view";
import { StrictMode } from "react";
import { stubModalDialogs } from "../support/dialogs.js";
import { connection } from "../support/factories.js";
import { problemResponse, recordedResponse, stubRoute } from "../support/server.js";
import { renderTab } from "../support/tab.jsx";

const LOST = connection({
  provider: "snaptrade",
  institution: "Questrade",
  status: "reconnect_required",
  status_reason: "credential_lost",
});

function openView(...connections: object[]) {
  stubView(connections);
  return renderTab(
    <StrictMode>
      <PortfolioView />
    </StrictMode>,
  );
}

function stubView(connections: object[], holdings = recordedResponse("holdings")) {
  stubRoute("get", "/holdings", holdings);
  stubRoute("get", "/pending-updates", recordedResponse("pending-after-refresh"));
  stubRoute("get", "/connections", Response.json({ connections }));
}

async function openReplacementDialog() {
  const [reconnect] = await screen.findAllByRole("button", { name: "Reconnect Questrade" });
  await userEvent.click(reconnect as HTMLElement);
  return screen.getByRole("dialog", { name: "Connect Questrade again?" });
}

beforeEach(() => {
  stubModalDialogs();
  sessionStorage.clear();
});

test("a lost registration is replaced only after the user confirms, and an error is shown", async () => {
  const requests = stubRoute("post", "/api/snaptrade/create-connection-url", problemResponse(409, "conflict"));
  openView(LOST);
  const dialog = await openReplacementDialog();
  expect(dialog).toHaveTextContent("This disconnects Questrade, which you can connect again.");
  expect(requests).toHaveLength(0);
  await userEvent.click(within(dialog).getByRole("button", { name: "Connect again" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("That did not work: it is being changed right now.");
  expect(await requests[0]?.json()).toMatchObject({ replace: true });
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
});

test("a lost registration takes along only the connections of its provider, by their names", async () => {
  openView(LOST, connection(), connection({ provider: "snaptrade", source_id: "c-3", institution: "Fidelity" }));
  expect(await openReplacementDialog()).toHaveTextContent(
    "This disconnects Questrade, Fidelity, which you can connect again.",
  );
});

test("a lost registration stays as it is if the user cancels", async () => {
  const requests = stubRoute("post", "/api/snaptrade/create-connection-url", problemResponse(409, "conflict"));
  openView(LOST);
  await userEvent.click(within(await openReplacementDialog()).getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  expect(requests).toHaveLength(0);
});

test("a connection that needs a sign-in alone is repaired without a question", async () => {
  const requests = stubRoute("post", "/api/snaptrade/create-connection-url", problemResponse(409, "conflict"));
  openView({ ...LOST, status_reason: "connection_disabled" });
  const [reconnect] = await screen.findAllByRole("button", { name: "Reconnect Questrade" });
  await userEvent.click(reconnect as HTMLElement);
  await screen.findByRole("alert");
  expect(await requests[0]?.json()).toMatchObject({ reconnect: LOST.source_id });
});

test.each([
  ["as a whole", problemResponse(503, "provider-outage"), "That did not work: your broker does not respond properly."],
  ["in part", recordedResponse("refresh-snaptrade-down"), "The newest figures can’t be loaded right now."],
])("a refresh that failed %s is shown beside its button", async (_part, response, text) => {
  stubRoute("post", "/holdings/refresh", response);
  openView(connection());
  const button = await screen.findByRole("button", { name: "Refresh" });
  await userEvent.click(button);
  await waitFor(() => expect(button).toHaveTextContent("Refresh"));
  await waitFor(() => expect(button.nextElementSibling).toHaveTextContent(text));
  expect(button.nextElementSibling).toHaveRole("status");
});

test("a refresh that did not fail needs no words", async () => {
  const requests = stubRoute("post", "/holdings/refresh", recordedResponse("refresh-fresh"));
  openView(connection());
  const button = await screen.findByRole("button", { name: "Refresh" });
  await userEvent.click(button);
  await waitFor(() => expect(requests).toHaveLength(1));
  await waitFor(() => expect(button).toHaveTextContent("Refresh"));
  expect(button.nextElementSibling).toBeEmptyDOMElement();
});

test("the broker's own search comes before all others", async () => {
  openView(connection());
  const names = (await screen.findAllByRole("button", { name: /^Add/ })).map(({ textContent }) => textContent);
  expect(names).toEqual(["Add a broker", "Add another bank or broker"]);
});

test("a connection that can't be completed after the redirect shows why", async () => {
  sessionStorage.setItem("tidings:plaid-link-token", "link-token");
  history.replaceState(null, "", "/?tidings-connected&kept=1");
  const requests = stubRoute("post", "/plaid/complete-connection", problemResponse(410, "gone"));
  openView();
  expect(await screen.findByRole("alert")).toHaveTextContent("That did not work: access has ended.");
  expect(requests).toHaveLength(1);
  expect(location.search).toBe("?kept=1");
});

test("without the redirect's mark, nothing is completed", async () => {
  sessionStorage.setItem("tidings:plaid-link-token", "link-token");
  const requests = stubRoute("post", "/plaid/complete-connection", problemResponse(410, "gone"));
  openView(connection());
  await screen.findByRole("button", { name: /^Disconnect / });
  expect(requests).toHaveLength(0);
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

test.each([
  ["Add a broker", "/api/snaptrade/create-connection-url"],
  ["Add another bank or broker", "/plaid/create-connection-url"],
])("“%s” asks for a page that returns to this one, with a mark", async (name, route) => {
  const requests = stubRoute("post", route, problemResponse(409, "conflict"));
  openView(connection());
  await userEvent.click(await screen.findByRole("button", { name }));
  expect(await screen.findByRole("alert")).toHaveTextContent("it is being changed right now");
  expect(await requests[0]?.json()).toMatchObject({
    redirect_uri: `${location.origin}${location.pathname}?tidings-connected`,
  });
});
