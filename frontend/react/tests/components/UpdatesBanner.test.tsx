import { fireEvent, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { UpdatesBanner } from "@tidings/react";
import { loadRecording, recordedResponse, stubRoute } from "../support/server.js";
import { renderTab } from "../support/tab.jsx";

const TEXT = "Updated data available from your broker";
const region = () => screen.getByRole("status");
const button = () => screen.getByRole("button");

/** Create a response that arrives when the test releases it. */
function holdResponse(name: string) {
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { respond: () => gate.then(() => recordedResponse(name)), release: () => release() };
}

const stubUpdateUntilRefreshed = () =>
  stubRoute("get", "/pending-updates", recordedResponse("pending-update"), recordedResponse("pending-after-refresh"));

test("a pending update is announced with a badge and one button", async () => {
  stubUpdateUntilRefreshed();
  renderTab(<UpdatesBanner className="mine" />);
  expect(region()).toBeEmptyDOMElement();
  expect(region()).toHaveAttribute("aria-busy", "true");
  expect(region()).toHaveAttribute("data-state", "loading");
  expect(await screen.findByText(TEXT)).toBeVisible();
  expect(region()).toHaveTextContent(`New${TEXT}Refresh Now`);
  expect(region()).toHaveAttribute("aria-busy", "false");
  expect(region()).toHaveAttribute("data-state", "ready");
  expect(region()).toHaveClass("tidings-updates", "mine");
  expect(document.body).toHaveFocus();
});

test("the host's own content stands in the banner, as long as there is an update", async () => {
  stubUpdateUntilRefreshed();
  const requests = stubRoute("post", "/holdings/refresh", recordedResponse("refresh-fresh"));
  renderTab(
    <UpdatesBanner>
      {({ refresh, hasPendingUpdates }) => (
        <button type="button" onClick={() => refresh()}>
          {hasPendingUpdates && "Mine"}
        </button>
      )}
    </UpdatesBanner>,
  );
  expect(region()).toBeEmptyDOMElement();
  await userEvent.click(await screen.findByRole("button", { name: "Mine" }));
  expect(screen.queryByText(TEXT)).not.toBeInTheDocument();
  await waitFor(() => expect(region()).toBeEmptyDOMElement());
  expect(requests).toHaveLength(1);
});

test("no banner is shown without a pending update", async () => {
  const requests = stubRoute("get", "/pending-updates", recordedResponse("pending-after-refresh"));
  renderTab(<UpdatesBanner />);
  await waitFor(() => expect(requests).toHaveLength(1));
  expect(region()).toBeEmptyDOMElement();
});

test("during a refresh the button is disabled; then the banner disappears and keeps the focus", async () => {
  const { respond, release } = holdResponse("refresh-fresh");
  stubUpdateUntilRefreshed();
  const requests = stubRoute("post", "/holdings/refresh", respond);
  const onRefreshed = vi.fn();
  renderTab(<UpdatesBanner onRefreshed={onRefreshed} />);
  await screen.findByText(TEXT);
  await userEvent.click(button());
  expect(button()).toHaveTextContent("Refreshing...");
  expect(button()).toBeDisabled();
  expect(onRefreshed).not.toHaveBeenCalled();
  release();
  await waitFor(() => expect(screen.queryByText(TEXT)).not.toBeInTheDocument());
  expect(region()).toHaveFocus();
  expect(onRefreshed).toHaveBeenCalledOnce();
  expect(requests).toHaveLength(1);
});

test("after a 429 the banner and the focus stay", async () => {
  stubRoute("get", "/pending-updates", recordedResponse("pending-update"));
  stubRoute("post", "/holdings/refresh", recordedResponse("refresh-cooling-down"));
  const onRefreshed = vi.fn();
  renderTab(<UpdatesBanner onRefreshed={onRefreshed} />);
  await screen.findByText(TEXT);
  await userEvent.click(button());
  await waitFor(() => expect(onRefreshed).toHaveBeenCalledOnce());
  expect(onRefreshed.mock.calls[0]?.[0]).toMatchObject({ status: 429, portfolio: null });
  await waitFor(() => expect(button()).toBeEnabled());
  expect(button()).toHaveFocus();
});

test("a completed refresh does not hide an update that arrived meanwhile", async () => {
  const fresh = loadRecording("refresh-fresh");
  fresh.body.holdings.portfolio_metadata.has_pending_updates = true;
  stubRoute("get", "/pending-updates", recordedResponse("pending-update"));
  stubRoute("post", "/holdings/refresh", Response.json(fresh.body));
  const onRefreshed = vi.fn();
  renderTab(<UpdatesBanner onRefreshed={onRefreshed} />);
  await screen.findByText(TEXT);
  await userEvent.click(button());
  await waitFor(() => expect(onRefreshed).toHaveBeenCalledOnce());
  expect(screen.getByText(TEXT)).toBeVisible();
});

test("only providers with an update are requested", async () => {
  const update = loadRecording("pending-update").body;
  update.providers.snaptrade.has_pending_updates = false;
  stubRoute("get", "/pending-updates", Response.json(update), recordedResponse("pending-after-refresh"));
  const requests = stubRoute("post", "/holdings/refresh", recordedResponse("refresh-fresh"));
  renderTab(<UpdatesBanner />);
  await screen.findByText(TEXT);
  await userEvent.click(button());
  await waitFor(() => expect(requests).toHaveLength(1));
  expect(await requests[0]?.json()).toEqual({ providers: ["plaid"] });
});

test("a focus that the user has moved stays there", async () => {
  const { respond, release } = holdResponse("refresh-fresh");
  stubUpdateUntilRefreshed();
  stubRoute("post", "/holdings/refresh", respond);
  renderTab(
    <>
      <UpdatesBanner />
      <input aria-label="elsewhere" />
    </>,
  );
  await screen.findByText(TEXT);
  await userEvent.click(button());
  await userEvent.click(screen.getByLabelText("elsewhere"));
  release();
  await waitFor(() => expect(screen.queryByText(TEXT)).not.toBeInTheDocument());
  expect(screen.getByLabelText("elsewhere")).toHaveFocus();
});

test("a region without a banner takes the focus by script alone", () => {
  stubRoute("get", "/pending-updates", recordedResponse("pending-after-refresh"));
  renderTab(<UpdatesBanner />);
  expect(region()).toHaveAttribute("tabindex", "-1");
});

test("a button that was pressed without the focus, as in Safari, leaves the focus alone", async () => {
  stubUpdateUntilRefreshed();
  stubRoute("post", "/holdings/refresh", recordedResponse("refresh-fresh"));
  renderTab(<UpdatesBanner />);
  await screen.findByText(TEXT);
  fireEvent.click(button());
  await waitFor(() => expect(screen.queryByText(TEXT)).not.toBeInTheDocument());
  expect(document.body).toHaveFocus();
});

test("a banner that appears after one that was refreshed does not take the focus", async () => {
  stubRoute(
    "get",
    "/pending-updates",
    recordedResponse("pending-update"),
    recordedResponse("pending-after-refresh"),
    recordedResponse("pending-update"),
  );
  stubRoute("post", "/holdings/refresh", recordedResponse("refresh-fresh"));
  const { queryClient } = renderTab(<UpdatesBanner />);
  await screen.findByText(TEXT);
  await userEvent.click(button());
  await waitFor(() => expect(region()).toHaveFocus());
  region().blur();
  await queryClient.invalidateQueries();
  await screen.findByText(TEXT);
  expect(document.body).toHaveFocus();
});

test("a refresh that ends below the host's own content leaves the focus alone", async () => {
  const { respond, release } = holdResponse("refresh-cooling-down");
  stubRoute("get", "/pending-updates", recordedResponse("pending-update"));
  stubRoute("post", "/holdings/refresh", respond);
  const onRefreshed = vi.fn();
  const { show } = renderTab(<UpdatesBanner onRefreshed={onRefreshed} />);
  await screen.findByText(TEXT);
  await userEvent.click(button());
  show(<UpdatesBanner>{({ isPending }) => (isPending ? "running" : "over")}</UpdatesBanner>);
  expect(region()).toHaveTextContent("running");
  release();
  await waitFor(() => expect(region()).toHaveTextContent("over"));
  expect(document.body).toHaveFocus();
});
