import { readFileSync } from "node:fs";
import { join } from "node:path";
import { render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HoldingsTable, LastUpdated, LoadNotice, UpdatesBanner } from "@tidings/react";
import { ConnectionList, ReconnectNotice } from "@tidings/react/connections";
import { PortfolioView } from "@tidings/react/view";
import type { MockInstance } from "vitest";
import { stubModalDialogs } from "../support/dialogs.js";
import { connection, holding, manyHoldings, share } from "../support/factories.js";
import { recordedResponse, stubRoute } from "../support/server.js";
import { renderTab } from "../support/tab.jsx";

const readStyles = (name: string) => readFileSync(join(import.meta.dirname, "../../src/styles", name), "utf8");
const STYLES = ["styles.css", "holdingsTable.css", "connections.css"].map(readStyles).join("\n");
/** The style sheets' classes, and those that only a host's style sheet may use. */
const KNOWN = new Set([
  ...[...STYLES.matchAll(/\.(tidings-[\w-]+)/g)].map(([, name]) => name),
  "tidings-updates",
  "tidings-status--reconnect_required",
  "tidings-status--revoked",
]);

/** List the class attributes with an unknown name, without any, or with more than the names. */
const unknownClasses = () =>
  [...document.body.querySelectorAll("[class]")]
    .map(({ className }) => className)
    .filter((text) => text.split(" ").some((name) => !KNOWN.has(name)));

const STATUSES = ["ok", "expiring", "reconnect_required", "revoked"] as const;
const CONNECTIONS = STATUSES.map((status) =>
  connection({
    status,
    source_id: status,
    institution: status,
    pending: true,
    status_reason: "new_accounts_available",
  }),
);
const actions = { onReconnect: () => undefined, onDisconnect: () => undefined, onDisconnectAll: () => undefined };
const valuation = { reading: "per_100", by: "total", detail: "Per 100." } as const;
const HOLDINGS = [
  holding({ sources: [share(), share({ source_id: "item-2" })], valuation }),
  holding({ ticker: "VTI", cost_basis: 3000, unvested_quantity: 2, price_as_of: "2026-02-12" }),
];

let warnings: MockInstance<typeof console.error>;
beforeEach(() => {
  stubModalDialogs();
  warnings = vi.spyOn(console, "error");
});
afterEach(() => {
  expect(unknownClasses()).toEqual([]);
  expect(document.body.querySelectorAll("[class]").length).toBeGreaterThan(0);
  expect(warnings.mock.calls.filter(([text]) => /same key/.test(text))).toEqual([]);
});

describe("each class has a style, and no two siblings have the same key", () => {
  test("in a table with expanded rows", async () => {
    render(<HoldingsTable holdings={HOLDINGS} markChange={() => "New"} />);
    for (const row of screen.getAllByRole("button", { name: /^(AAPL|VTI)/ })) await userEvent.click(row);
    expect(screen.getAllByRole("list")).toHaveLength(2);
    await userEvent.type(screen.getByRole("searchbox"), "nothing like that");
  });

  test("in a long table", () => {
    render(<HoldingsTable holdings={manyHoldings(200)} />);
    expect(document.querySelector(".tidings-spacer")).not.toBeNull();
  });

  test("in a table without holdings", () => {
    render(<HoldingsTable holdings={[]} />);
  });

  test("in a list of connections with a dialog", async () => {
    render(<ConnectionList connections={CONNECTIONS} {...actions} />);
    await userEvent.click(screen.getByRole("button", { name: "Disconnect ok" }));
    expect(screen.getByRole("dialog")).toBeVisible();
  });

  test("in an empty list of connections", () => {
    render(<ConnectionList connections={[]} {...actions} />);
  });

  test("in a connection that is not loaded", () => {
    render(<ConnectionList connections={[connection({ last_fetched_at: null })]} {...actions} />);
  });

  test("in the notice of connections to repair", () => {
    render(
      <ReconnectNotice
        connections={[...CONNECTIONS, connection({ status: "reconnect_required", source_id: "other" })]}
        {...actions}
      />,
    );
  });

  test.each(["2026-02-19T14:03:00Z", null])("in the age of data from %j", (at) => {
    render(<LastUpdated at={at} />);
  });

  test("in a notice", () => {
    render(<LoadNotice state="failed" onRetry={() => undefined} />);
  });

  test("in a banner", async () => {
    stubRoute("get", "/pending-updates", recordedResponse("pending-update"));
    renderTab(<UpdatesBanner />);
    await screen.findByRole("button", { name: "Refresh Now" });
  });

  test("in a whole portfolio", async () => {
    stubRoute("get", "/holdings", recordedResponse("holdings"));
    stubRoute("get", "/pending-updates", recordedResponse("pending-after-refresh"));
    stubRoute("get", "/connections", recordedResponse("connections"));
    renderTab(<PortfolioView />);
    expect(unknownClasses()).toEqual([]);
    await screen.findAllByRole("button", { name: /^Disconnect / });
  });
});
