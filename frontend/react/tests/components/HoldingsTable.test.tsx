import { render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HoldingsTable } from "@tidings/react";
import { holding, share } from "../support/factories.js";
import { header, renderTable, titles } from "../support/holdingsTable.js";

test("rows are sorted by value, and unknown values come last in both directions", async () => {
  renderTable();
  expect(titles()).toEqual(["MSFT", "AAPL", "XYZ"]);
  expect(header("Value")).toHaveAttribute("aria-sort", "descending");
  await userEvent.click(screen.getByRole("button", { name: "Value" }));
  expect(titles()).toEqual(["AAPL", "MSFT", "XYZ"]);
  expect(header("Value")).toHaveAttribute("aria-sort", "ascending");
});

test("names are sorted from A by keyboard, and only one column has aria-sort", async () => {
  renderTable();
  screen.getByRole("button", { name: "Holding" }).focus();
  await userEvent.keyboard("{Enter}");
  expect(titles()).toEqual(["AAPL", "MSFT", "XYZ"]);
  expect(header("Holding")).toHaveAttribute("aria-sort", "ascending");
  expect(header("Value")).not.toHaveAttribute("aria-sort");
});

test.each([
  ["aapl", ["AAPL"]],
  ["micro soft", ["MSFT"]],
  ["brokerage", ["MSFT", "AAPL", "XYZ"]],
  ["nothing like that", []],
])("a search for %j shows %j", async (query, left) => {
  renderTable();
  await userEvent.type(screen.getByRole("searchbox", { name: "Search holdings" }), query);
  expect(screen.queryAllByRole("rowheader").map((cell) => cell.querySelector("strong")?.textContent)).toEqual(left);
  expect(screen.getByRole("status")).toHaveTextContent(
    left.length === 3 ? "3 holdings" : `${left.length} of 3 holdings`,
  );
});

test("a search without a match shows a notice", async () => {
  renderTable();
  await userEvent.type(screen.getByRole("searchbox"), "zzz");
  expect(screen.getByText("Nothing matches “zzz”.")).toBeVisible();
});

test("what has changed in a row is a word of its header", () => {
  render(
    <HoldingsTable
      holdings={[holding(), holding({ ticker: "VTI" })]}
      markChange={({ title }) => (title === "VTI" ? "New" : undefined)}
    />,
  );
  expect(screen.getByRole("rowheader", { name: /^VTI.?New/ })).toBeVisible();
  expect(screen.getByRole("rowheader", { name: /^AAPL/ })).not.toHaveTextContent("New");
});

test("an expanded row shows each account's share and its date", async () => {
  const shares = [
    share({ quantity: 6 }),
    share({ source_id: "c-2", account_name: "Margin", institution: "Questrade", provider: "snaptrade", value: null }),
  ];
  renderTable([holding({ sources: shares })]);
  const button = screen.getByRole("button", { name: /^AAPL/, expanded: false });
  await userEvent.click(button);
  expect(button).toHaveAttribute("aria-expanded", "true");
  const items = within(screen.getByRole("list", { name: "AAPL by account" })).getAllByRole("listitem");
  expect(items.map((item) => item.textContent)).toEqual([
    expect.stringContaining("BrokerageFirst Platypus Bank$2,314.006 as of"),
    expect.stringContaining("MarginQuestrade—10 as of"),
  ]);
  expect(items[0]?.querySelector("time")).toHaveAttribute("datetime", "2026-02-19T14:03:00Z");
  await userEvent.click(button);
  expect(screen.queryByRole("list")).not.toBeInTheDocument();
});

test("a row stays expanded when a refresh changes its value", async () => {
  const { rerender } = renderTable([holding()]);
  await userEvent.click(screen.getByRole("button", { name: /^AAPL/ }));
  rerender(<HoldingsTable holdings={[holding({ value: 1, account_name: "Other" })]} locale="en-US" />);
  expect(screen.getByRole("list", { name: "AAPL by account" })).toBeVisible();
});

test("identical rows are all shown", () => {
  renderTable([holding(), holding()]);
  expect(screen.getAllByRole("rowheader")).toHaveLength(2);
});

test("without holdings, the host's text is shown", () => {
  render(<HoldingsTable holdings={[]} empty="Come back later." />);
  expect(screen.getByText("Come back later.")).toBeVisible();
  expect(screen.queryByRole("table")).not.toBeInTheDocument();
});
