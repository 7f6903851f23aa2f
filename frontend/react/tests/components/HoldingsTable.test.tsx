import { render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HoldingsTable } from "@tidings/react";
import { holding, share } from "../support/factories.js";
import { HELD, header, renderTable, titles } from "../support/holdingsTable.js";

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
  expect(screen.getByRole("status").textContent).toBe(
    left.length === 3 ? "3 holdings" : `${left.length} of 3 holdings`,
  );
});

const FULL = holding({ ticker: "VTI", name: "Total Market", isin: "US9229087690", cusip: "922908769" });

test.each([
  ["its ticker", "vti"],
  ["its name", "total market"],
  ["its type", "equity"],
  ["its ISIN", "us9229087690"],
  ["its CUSIP", "922908769"],
  ["its currency", "cad"],
  ["an account", "retirement"],
  ["an institution", "  Questrade "],
  ["several words in any order", "MARKET  total"],
])("a row is found by %s", async (_field, query) => {
  const sources = [share(), share({ source_id: "c-2", account_name: "Retirement", institution: "Questrade" })];
  renderTable([holding({ type: "crypto" }), { ...FULL, currency: "CAD", sources }]);
  await userEvent.type(screen.getByRole("searchbox"), query);
  expect(titles()).toEqual(["VTI"]);
});

test("a search by two words finds what has both", async () => {
  renderTable();
  await userEvent.type(screen.getByRole("searchbox"), "brokerage apple");
  expect(titles()).toEqual(["AAPL"]);
});

test("the sort order can be chosen from a list of the columns", async () => {
  renderTable([...HELD, holding({ ticker: "ZZZ", cost_basis: 1 })]);
  const select = screen.getByRole("combobox", { name: "Sort by" });
  expect(
    within(select)
      .getAllByRole("option")
      .map(({ textContent }) => textContent),
  ).toEqual(["Holding", "Quantity", "Price", "Value", "Gain"]);
  expect(select).toHaveValue("value");
  await userEvent.selectOptions(select, "Gain");
  expect(titles()).toEqual(["ZZZ", "AAPL", "MSFT", "XYZ"]);
  expect(header("Gain")).toHaveAttribute("aria-sort", "descending");
});

test("the host's own toolbar and details stand in their places", async () => {
  render(
    <HoldingsTable
      holdings={HELD}
      label="Mine"
      renderToolbar={({ total }) => <p>{total} in all</p>}
      renderDetails={({ title }) => <p>More on {title}</p>}
    />,
  );
  expect(screen.getByText("3 in all")).toBeVisible();
  expect(screen.queryByRole("searchbox")).not.toBeInTheDocument();
  expect(screen.getByRole("table", { name: "Mine" })).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: /^MSFT/ }));
  expect(screen.getByText("More on MSFT")).toBeVisible();
});

test("a table that is not searchable has no toolbar", () => {
  render(<HoldingsTable holdings={HELD} searchable={false} />);
  expect(screen.queryByRole("searchbox")).not.toBeInTheDocument();
  expect(screen.queryByRole("status")).not.toBeInTheDocument();
});

test("a search without a match shows a notice", async () => {
  renderTable();
  expect(screen.queryByText(/^Nothing matches/)).not.toBeInTheDocument();
  await userEvent.type(screen.getByRole("searchbox"), " zzz ");
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
