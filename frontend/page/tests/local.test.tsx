import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { portfolio, problemResponse } from "./support/factories.ts";
import { openLoaded, openPage } from "./support/page.tsx";
import { stubRoute, stubSignedInUser } from "./support/server.ts";

const UP = { ok: true, parts: { MiniStack: true, "plaid simulator": true, "snaptrade simulator": true } };
const local = () => stubRoute("get", "/_local/health", () => HttpResponse.json(UP));
const sent = {
  event: "HOLDINGS:DEFAULT_UPDATE",
  webhook_id: "w-1",
  variant: "genuine",
  attempt: 1,
  error: null,
  at: 1771509780,
  duration_s: 0.012,
};

test("any user can sign in to the local cloud and sees their portfolio", async () => {
  stubSignedInUser();
  local();
  stubRoute(
    "get",
    "/holdings",
    () => problemResponse(401, "unauthenticated"),
    () => HttpResponse.json(portfolio()),
  );
  const requests = stubRoute("post", "/_local/login", () => HttpResponse.json({}));
  openPage();
  await userEvent.clear(await screen.findByLabelText("User"));
  await userEvent.type(screen.getByLabelText("User"), "jane");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByRole("heading", { name: "Holdings" })).toBeVisible();
  expect(await requests[0]?.json()).toEqual({ user_id: "jane", email: "demo@example.com" });
  expect(await screen.findByText("demo@example.com")).toBeVisible();
});

test("other deployments show no sign-in form and no simulator", async () => {
  stubSignedInUser();
  const { container } = await openLoaded();
  await waitFor(() => expect(container).not.toHaveTextContent("Broker simulator"));
});

test.each([
  ["Stock grant", "example", { item_id: "item-1", kind: "grant", silent: true }],
  ["10,000 positions", "positions", { item_id: "item-1", count: 10_000, silent: true }],
  ["Break connection", "break", { item_id: "item-1", silent: true }],
  ["End access", "end", { item_id: "item-1", silent: true }],
])("the simulator's button %j sends the command %j, without its webhook if so chosen", async (title, command, body) => {
  stubSignedInUser();
  local();
  const requests = stubRoute("post", `/_local/simulators/plaid/${command}`, () =>
    HttpResponse.json({ deliveries: [] }),
  );
  for (const provider of ["plaid", "snaptrade"])
    stubRoute("get", `/_local/simulators/${provider}/deliveries`, () => HttpResponse.json({ deliveries: [] }));
  await openLoaded();
  await userEvent.click(await screen.findByRole("button", { name: "Broker simulator" }));
  await userEvent.click(await screen.findByRole("checkbox", { name: "Send no webhook" }));
  const button = screen.getByRole("button", { name: title });
  expect(button).toHaveAccessibleDescription();
  await userEvent.click(button);
  await waitFor(() => expect(requests).toHaveLength(1));
  expect(await requests[0]?.json()).toEqual(body);
});

test("the simulator trades at the chosen connection and shows the receiver's response", async () => {
  stubSignedInUser();
  local();
  const delivery = { ...sent, status: 200, answer: '{"status":"marked"}' };
  const requests = stubRoute("post", "/_local/simulators/plaid/trade", () =>
    HttpResponse.json({ deliveries: [delivery] }),
  );
  const forged = {
    ...sent,
    webhook_id: "w-2",
    variant: "forged",
    at: sent.at + 1,
    status: 403,
    answer: '{"title":"The webhook is not authentic"}',
  };
  stubRoute("get", "/_local/simulators/plaid/deliveries", () => HttpResponse.json({ deliveries: [delivery, forged] }));
  stubRoute("get", "/_local/simulators/snaptrade/deliveries", () => HttpResponse.json({ deliveries: [] }));
  await openLoaded();
  await userEvent.click(await screen.findByRole("button", { name: "Broker simulator" }));
  await userEvent.click(await screen.findByRole("button", { name: "Trade" }));
  expect(await screen.findByText("Trade 1 AAPL: 1 webhook, 200 marked")).toBeVisible();
  expect(await requests[0]?.json()).toEqual({ item_id: "item-1", ticker: "AAPL", quantity: "1", silent: false });
  const [newest, oldest] = within(screen.getByRole("list", { name: "Webhook deliveries, newest first" })).getAllByRole(
    "listitem",
  );
  expect(newest).toHaveTextContent("403 The webhook is not authentic");
  expect(newest).toHaveTextContent("forged");
  expect(oldest).toHaveTextContent(/200 marked.*HOLDINGS:DEFAULT_UPDATE.*attempt 1, 12 ms, id w-1/);
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("complementary", { name: "Broker simulator" })).not.toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Broker simulator" })).toHaveFocus();
});
