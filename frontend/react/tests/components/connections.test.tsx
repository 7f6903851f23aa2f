import { fireEvent, render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import type { Connection } from "@tidings/react";
import { ConnectionList, ReconnectNotice, reasonLabel } from "@tidings/react/connections";
import { stubModalDialogs } from "../support/dialogs.js";
import { connection } from "../support/factories.js";

const BROKEN = connection({
  provider: "snaptrade",
  source_id: "c-2",
  institution: "Questrade",
  status: "reconnect_required",
  status_reason: "connection_disabled",
  pending: true,
  last_fetched_at: null,
});

beforeEach(stubModalDialogs);

function list(connections: Connection[] = [connection(), BROKEN]) {
  const onReconnect = vi.fn();
  const onDisconnect = vi.fn();
  render(
    <ConnectionList connections={connections} onReconnect={onReconnect} onDisconnect={onDisconnect} locale="en-US" />,
  );
  return { onReconnect, onDisconnect };
}

test("each connection shows its state as text", () => {
  list();
  const [good, broken] = screen.getAllByRole("listitem");
  expect(good).toHaveTextContent(/First Platypus Bank\s*Connected.*Updated .+ ago/);
  expect(within(good as HTMLElement).queryByText("New data")).not.toBeInTheDocument();
  expect(broken).toHaveTextContent("Reconnect needed New data");
  expect(broken).toHaveTextContent("Your broker closed the connection.");
  expect(broken).not.toHaveTextContent("Updated");
});

test("a connection without holdings has one word for that", () => {
  list([connection({ last_fetched_at: null, pending: true, institution: "Fidelity" })]);
  expect(screen.getByRole("listitem")).toHaveTextContent(/^FidelityNot loaded yetDisconnect$/);
});

test("what the host does with a connection stands in place of its status", () => {
  render(
    <ConnectionList
      connections={[
        connection({ source_id: "item-2", last_fetched_at: null, pending: true, institution: "Fidelity" }),
        connection(),
      ]}
      describeStatus={({ institution }) => (institution === "Fidelity" ? "Importing…" : undefined)}
      onReconnect={vi.fn()}
      onDisconnect={vi.fn()}
    />,
  );
  const [importing, other] = screen.getAllByRole("listitem");
  expect(importing).toHaveTextContent(/^FidelityImporting…Disconnect$/);
  expect(other).toHaveTextContent("Connected");
});

test("only a broken connection has a reconnect button", async () => {
  const { onReconnect } = list();
  expect(screen.queryByRole("button", { name: "Reconnect First Platypus Bank" })).not.toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Reconnect Questrade" }));
  expect(onReconnect).toHaveBeenCalledExactlyOnceWith(BROKEN);
});

const ENDED = connection({ status: "revoked", status_reason: "gone", pending: true });

test("a connection whose access has ended offers to connect again and to remove it", async () => {
  const { onReconnect, onDisconnect } = list([ENDED]);
  const [item] = screen.getAllByRole("listitem");
  expect(item).toHaveTextContent("Access has ended");
  expect(item).not.toHaveTextContent("New data");
  expect(item).not.toHaveTextContent("Reconnect");
  await userEvent.click(screen.getByRole("button", { name: "Connect again First Platypus Bank" }));
  expect(onReconnect).toHaveBeenCalledExactlyOnceWith(ENDED);
  await userEvent.click(screen.getByRole("button", { name: "Remove First Platypus Bank" }));
  const dialog = screen.getByRole("dialog", { name: "Remove First Platypus Bank?" });
  expect(dialog).not.toHaveTextContent("connect it again");
  await userEvent.click(within(dialog).getByRole("button", { name: "Remove" }));
  expect(onDisconnect).toHaveBeenCalledExactlyOnceWith(ENDED);
});

test.each(["institution_no_longer_supported", "item_not_supported"])(
  "a connection that ended for %s can only be removed",
  (status_reason) => {
    list([connection({ status: "revoked", status_reason })]);
    expect(screen.getByRole("listitem")).toHaveTextContent("The institution can no longer be connected.");
    expect(screen.getAllByRole("button").map((button) => button.textContent)).toEqual(["Remove"]);
  },
);

test("withdrawing one account leaves a connection that can be repaired", () => {
  list([connection({ status: "revoked", status_reason: "user_account_revoked" })]);
  expect(screen.getByRole("listitem")).toHaveTextContent("Reconnect needed");
  expect(screen.getByRole("button", { name: "Reconnect First Platypus Bank" })).toBeEnabled();
  expect(screen.getByRole("button", { name: "Disconnect First Platypus Bank" })).toBeEnabled();
});

test("the notice does not ask for a sign-in where access has ended", () => {
  const { container } = render(<ReconnectNotice connections={[ENDED]} onReconnect={() => undefined} />);
  expect(container).toBeEmptyDOMElement();
});

test("disconnecting needs a confirmation and is called once", async () => {
  const { onDisconnect } = list();
  await userEvent.click(screen.getByRole("button", { name: "Disconnect Questrade" }));
  expect(onDisconnect).not.toHaveBeenCalled();
  const dialog = screen.getByRole("dialog", { name: "Disconnect Questrade?" });
  expect(dialog).toHaveTextContent("Past totals stay, without account or ticker. You can connect it again.");
  await userEvent.click(within(dialog).getByRole("button", { name: "Disconnect" }));
  expect(onDisconnect).toHaveBeenCalledExactlyOnceWith(BROKEN);
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
});

test("disconnecting everything says that the history is deleted, and needs a confirmation", async () => {
  const onDisconnectAll = vi.fn();
  render(
    <ConnectionList
      connections={[connection(), BROKEN]}
      onReconnect={() => undefined}
      onDisconnect={() => undefined}
      onDisconnectAll={onDisconnectAll}
    />,
  );
  await userEvent.click(screen.getByRole("button", { name: "Disconnect everything" }));
  const dialog = screen.getByRole("dialog", { name: "Disconnect everything?" });
  expect(dialog).toHaveTextContent("your whole history is deleted for good");
  expect(onDisconnectAll).not.toHaveBeenCalled();
  await userEvent.click(within(dialog).getByRole("button", { name: "Disconnect everything" }));
  expect(onDisconnectAll).toHaveBeenCalledOnce();
});

test("a list without the action does not offer to disconnect everything", () => {
  list();
  expect(screen.queryByRole("button", { name: "Disconnect everything" })).not.toBeInTheDocument();
});

const all = (...connections: Connection[]) => ({
  connections,
  onReconnect: () => undefined,
  onDisconnect: () => undefined,
});

test("a single connection is disconnected by its own button alone", () => {
  render(<ConnectionList {...all(BROKEN)} onDisconnectAll={() => undefined} />);
  expect(screen.getAllByRole("button").map(({ textContent }) => textContent)).toEqual(["Reconnect", "Disconnect"]);
});

test("nothing is disconnected if the host withdraws the action while its dialog is open", async () => {
  const onError = vi.fn((event: ErrorEvent) => event.preventDefault());
  window.addEventListener("error", onError);
  onTestFinished(() => window.removeEventListener("error", onError));
  const list = all(connection(), BROKEN);
  const { rerender } = render(<ConnectionList {...list} onDisconnectAll={() => undefined} />);
  await userEvent.click(screen.getByRole("button", { name: "Disconnect everything" }));
  rerender(<ConnectionList {...list} />);
  await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Disconnect everything" }));
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  expect(onError).not.toHaveBeenCalled();
});

test("all buttons of a busy list are disabled", () => {
  render(<ConnectionList {...all(connection(), BROKEN)} onDisconnectAll={() => undefined} isBusy />);
  const buttons = screen.getAllByRole<HTMLButtonElement>("button");
  expect(buttons.filter(({ disabled }) => !disabled)).toEqual([]);
  expect(buttons).toHaveLength(4);
});

test("repairing is the main action of a connection, and disconnecting a quiet one", () => {
  list([BROKEN]);
  expect(screen.getByRole("button", { name: "Reconnect Questrade" })).not.toHaveClass("tidings-button--quiet");
  expect(screen.getByRole("button", { name: "Disconnect Questrade" })).toHaveClass("tidings-button--quiet");
});

test("a connection keeps the focus when the order changes", () => {
  const { rerender } = render(<ConnectionList {...all(connection(), BROKEN)} />);
  const button = screen.getByRole("button", { name: "Disconnect Questrade" });
  button.focus();
  rerender(<ConnectionList {...all(BROKEN, connection())} />);
  expect(screen.getByRole("button", { name: "Disconnect Questrade" })).toBe(button);
  expect(button).toHaveFocus();
});

test("the host's own actions and its own text of an empty list are shown", () => {
  const props = {
    ...all(BROKEN),
    renderActions: ({ source_id }: Connection) => <a href="/">Details of {source_id}</a>,
  };
  const { rerender } = render(<ConnectionList {...props} className="mine" />);
  expect(screen.getByRole("link", { name: "Details of c-2" })).toBeVisible();
  expect(screen.getByRole("list")).toHaveClass("tidings-connections", "mine");
  expect(screen.getByRole("listitem")).toHaveAttribute("data-source", "c-2");
  rerender(<ConnectionList {...props} connections={[]} empty="Nothing here." />);
  expect(screen.getByText("Nothing here.")).toBeVisible();
});

test("cancelling changes nothing and restores the focus", async () => {
  const { onDisconnect } = list();
  const button = screen.getByRole("button", { name: "Disconnect Questrade" });
  await userEvent.click(button);
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(onDisconnect).not.toHaveBeenCalled();
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  expect(button).toHaveFocus();
});

test("a dialog that was opened while nothing had the focus restores none", async () => {
  list();
  const button = screen.getByRole("button", { name: "Disconnect Questrade" });
  vi.spyOn(document, "activeElement", "get").mockReturnValue(null);
  fireEvent.click(button);
  vi.restoreAllMocks();
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  expect(document.body).toHaveFocus();
});

test("an empty list shows a notice", () => {
  list([]);
  expect(screen.getByText("No broker is connected yet.")).toBeVisible();
});

test("the notice lists only connections that need a reconnect", async () => {
  const onReconnect = vi.fn();
  const { container, rerender } = render(<ReconnectNotice connections={[connection()]} onReconnect={onReconnect} />);
  expect(container).toBeEmptyDOMElement();
  rerender(<ReconnectNotice connections={[connection(), BROKEN]} onReconnect={onReconnect} />);
  expect(screen.getByRole("region", { name: "Reconnect needed" })).toHaveTextContent(
    "Questrade needs you to sign in again. Your broker closed the connection. Until then you see its last data.",
  );
  await userEvent.click(screen.getByRole("button", { name: "Reconnect Questrade" }));
  expect(onReconnect).toHaveBeenCalledExactlyOnceWith(BROKEN);
});

test("the notice's button is disabled while busy", () => {
  render(<ReconnectNotice connections={[BROKEN]} onReconnect={() => undefined} isBusy />);
  expect(screen.getByRole("button", { name: "Reconnect Questrade" })).toBeDisabled();
});

test.each([
  [null, null],
  ["item_login_required", "The sign-in has expired or changed."],
  ["pending_expiration:2026-03-01T00:00:00Z", "The permission ends soon: Mar 1, 2026."],
  ["something_new", "The connection has a problem."],
])("reasonLabel for %j returns %j", (reason, label) => expect(reasonLabel(reason)).toBe(label));
