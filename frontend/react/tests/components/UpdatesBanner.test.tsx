import { screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { UpdatesBanner } from "@tidings/react";
import { answers, recorded, replay } from "../support/server.js";
import { tab } from "../support/tab.jsx";

const TEXT = "Updated data available from your broker";
const region = () => screen.getByRole("status");
const button = () => screen.getByRole("button");

/** An answer that comes when the test says so. */
function held(name: string) {
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { answer: () => gate.then(() => replay(name)), release: () => release() };
}

const newsUntilRefreshed = () =>
  answers("get", "/pending-updates", replay("pending-news"), replay("pending-after-refresh"));

test("news is announced, with a badge and one button", async () => {
  newsUntilRefreshed();
  tab(<UpdatesBanner />);
  expect(region()).toBeEmptyDOMElement();
  expect(await screen.findByText(TEXT)).toBeVisible();
  expect(region()).toHaveTextContent(`New${TEXT}Refresh Now`);
});

test("no news, no banner", async () => {
  const asked = answers("get", "/pending-updates", replay("pending-after-refresh"));
  tab(<UpdatesBanner />);
  await waitFor(() => expect(asked).toHaveLength(1));
  expect(region()).toBeEmptyDOMElement();
});

test("while it refreshes the button says so and is off; then the banner goes and the focus stays where it was", async () => {
  const { answer, release } = held("refresh-fresh");
  newsUntilRefreshed();
  const asked = answers("post", "/holdings/refresh", answer);
  const told = vi.fn();
  tab(<UpdatesBanner onRefreshed={told} />);
  await screen.findByText(TEXT);
  await userEvent.click(button());
  expect(button()).toHaveTextContent("Refreshing...");
  expect(button()).toBeDisabled();
  expect(told).not.toHaveBeenCalled();
  release();
  await waitFor(() => expect(screen.queryByText(TEXT)).not.toBeInTheDocument());
  expect(region()).toHaveFocus();
  expect(told).toHaveBeenCalledOnce();
  expect(asked).toHaveLength(1);
});

test("after a refusal it is there still, and so is the focus", async () => {
  answers("get", "/pending-updates", replay("pending-news"));
  answers("post", "/holdings/refresh", replay("refresh-cooling-down"));
  const told = vi.fn();
  tab(<UpdatesBanner onRefreshed={told} />);
  await screen.findByText(TEXT);
  await userEvent.click(button());
  await waitFor(() => expect(told).toHaveBeenCalledOnce());
  expect(told.mock.calls[0]?.[0]).toMatchObject({ status: 429, portfolio: null });
  await waitFor(() => expect(button()).toBeEnabled());
  expect(button()).toHaveFocus();
});

test("a refresh that ends does not hide news that came meanwhile", async () => {
  const fresh = recorded("refresh-fresh");
  fresh.body.holdings.portfolio_metadata.has_pending_updates = true;
  answers("get", "/pending-updates", replay("pending-news"));
  answers("post", "/holdings/refresh", Response.json(fresh.body));
  const told = vi.fn();
  tab(<UpdatesBanner onRefreshed={told} />);
  await screen.findByText(TEXT);
  await userEvent.click(button());
  await waitFor(() => expect(told).toHaveBeenCalledOnce());
  expect(screen.getByText(TEXT)).toBeVisible();
});

test("only the providers with news are asked", async () => {
  const news = recorded("pending-news").body;
  news.providers.snaptrade.has_pending_updates = false;
  answers("get", "/pending-updates", Response.json(news), replay("pending-after-refresh"));
  const asked = answers("post", "/holdings/refresh", replay("refresh-fresh"));
  tab(<UpdatesBanner />);
  await screen.findByText(TEXT);
  await userEvent.click(button());
  await waitFor(() => expect(asked).toHaveLength(1));
  expect(await asked[0]?.json()).toEqual({ providers: ["plaid"] });
});

test("the focus of somebody who went on elsewhere is left alone", async () => {
  const { answer, release } = held("refresh-fresh");
  newsUntilRefreshed();
  answers("post", "/holdings/refresh", answer);
  tab(
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
