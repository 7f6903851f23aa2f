import { ApiError, type Connection, extractPortfolio, NetworkError, ResponseFormatError } from "@tidings/react";
import {
  CONNECTION_STATES,
  type ConnectionState,
  describeFreshness,
  type Network,
} from "../src/portfolio/freshness/describeFreshness.ts";
import { ageText, attentionText, stateText } from "../src/portfolio/freshness/freshnessTexts.ts";
import { judgeNetwork } from "../src/portfolio/freshness/useNetwork.ts";
import { connection, FETCHED, outcome, pending, portfolio } from "./support/factories.ts";

const NETWORKS: readonly Network[] = ["online", "offline", "unreachable", "failing"];
const POLLS = {
  none: {},
  unknown: { plaid: { ...pending(false).providers.plaid, state_unknown: true } },
  nothing: pending(false).providers,
  update: pending(true).providers,
};
const STATUSES = {
  ok: {},
  expiring: { status: "expiring", status_reason: "pending_expiration" },
  broken: { status: "reconnect_required" },
  ended: { status: "revoked", status_reason: "gone" },
  withdrawn: { status: "revoked", status_reason: "user_account_revoked" },
} as const;
const OUTCOMES = {
  stored: outcome(),
  fresh: outcome({ status: "fresh", changed: true }),
  waits: outcome({ status: "cooling_down", error: "cooling-down", retry_after: 40 }),
  failed: outcome({ status: "failed", error: "provider-outage" }),
  earlierFailed: outcome({ error: "provider-timeout" }),
  broken: outcome({ status: "reconnect_required" }),
};

const held = (sources: Record<string, (typeof OUTCOMES)["stored"]>, warnings: string[] = []) =>
  extractPortfolio(portfolio({ providers: { plaid: outcome({ sources }) }, warnings }));
const names = <T extends object>(table: T) => Object.keys(table) as (keyof T)[];

/** Every combination of what the server said about one connection beside a healthy second one. */
const combinations = names(STATUSES).flatMap((status) =>
  names(OUTCOMES).flatMap((result) =>
    names(POLLS).flatMap((poll) =>
      NETWORKS.flatMap((network) =>
        [true, false].map((isLoaded) => {
          const first = connection({ ...STATUSES[status], last_fetched_at: isLoaded ? FETCHED : null });
          const second = connection({ source_id: "item-2", institution: "Questrade" });
          const freshness = describeFreshness(
            held({ "item-1": OUTCOMES[result], "item-2": outcome() }),
            [first, second],
            POLLS[poll],
            network,
          );
          return { status, result, poll, network, isLoaded, freshness };
        }),
      ),
    ),
  ),
);
const now = Date.parse(FETCHED) + 120_000;
const lineOf = (freshness: (typeof combinations)[number]["freshness"]) =>
  [attentionText(freshness), ageText(freshness, now)].filter(Boolean).join(" · ");

test("the table has every combination", () => expect(combinations).toHaveLength(5 * 6 * 4 * 4 * 2));

test("a connection that needs the user outranks everything, and then nothing is called up to date", () => {
  const concerned = combinations.filter(({ status }) => ["broken", "ended", "withdrawn"].includes(status));
  for (const { freshness } of concerned) {
    expect(freshness.state).toMatch(/^(sign_in|ended)$/);
    expect(lineOf(freshness)).toMatch(/^(1 connection needs you|Access to First Platypus Bank has ended) · /);
    expect(lineOf(freshness)).not.toContain("up to date");
  }
});

test("an outage is shown in every combination, with the date of the data and without a claim", () => {
  for (const { network, freshness } of combinations.filter((one) => one.network !== "online")) {
    const said = { offline: "You are offline", unreachable: "Can’t reach Tidings", failing: "can’t be checked" };
    expect(lineOf(freshness)).toContain(said[network as keyof typeof said]);
    expect(lineOf(freshness)).toContain("showing data from");
    expect(lineOf(freshness)).not.toContain("up to date");
    expect(freshness.current).toBe(0);
  }
});

test("a connection is current only if it is loaded, works, did not fail, and no newer data is known", () => {
  for (const { status, result, poll, network, isLoaded, freshness } of combinations) {
    const isKnown = poll === "nothing" || (result === "fresh" && poll !== "update");
    const works = (status === "ok" || status === "expiring") && !["failed", "earlierFailed"].includes(result);
    // A poll that knows of no broken connection is newer than the portfolio that does.
    const isRepaired = result !== "broken" || poll === "nothing" || poll === "unknown";
    const isCurrent = freshness.connections[0]?.state === "current";
    expect(isCurrent).toBe(isLoaded && works && isRepaired && isKnown && network === "online");
  }
});

test("the total is marked while it contains data that no refresh renews", () => {
  for (const { freshness } of combinations) {
    const states = freshness.connections.map(({ state }) => state);
    expect(freshness.isPartlyOld).toBe(states.some((state) => ["sign_in", "ended", "failed"].includes(state)));
  }
});

test("the weightiest state stands for all connections", () => {
  for (const { freshness } of combinations) {
    const states = freshness.connections.map(({ state }) => state);
    expect(freshness.state).toBe(CONNECTION_STATES.find((state) => states.includes(state)));
    expect(freshness.concerned).toHaveLength(states.filter((state) => state === freshness.state).length);
  }
});

const describeOne = (overrides: Partial<Connection>, sources = {}, poll: keyof typeof POLLS = "nothing") =>
  describeFreshness(held(sources), [connection(overrides)], POLLS[poll], "online");

test.each<[string, string, ReturnType<typeof describeOne>]>([
  ["a current one", "Updated 2 minutes ago · 1 of 1 connection up to date", describeOne({})],
  ["newer data", "Updated 2 minutes ago · 0 of 1 connection up to date", describeOne({ pending: true }, {}, "update")],
  ["no poll yet", "Updated 2 minutes ago · Checking for new data…", describeOne({}, {}, "none")],
  [
    "a failure",
    "First Platypus Bank could not be updated · Updated 2 minutes ago · 0 of 1 connection up to date",
    describeOne({}, { "item-1": OUTCOMES.failed }),
  ],
  [
    "one that was not stored",
    "First Platypus Bank was not connected: something went wrong on our side. · Updated 2 minutes ago",
    describeOne({ status: "revoked", status_reason: "not_stored" }),
  ],
])("the line of %s", (_what, line, freshness) => expect(lineOf(freshness)).toBe(line));

test("an update is the connection's that the list names, and everyone's if it names none", () => {
  const both = (isListed: boolean) =>
    describeFreshness(
      held({}),
      [connection({ pending: isListed }), connection({ source_id: "item-2" })],
      POLLS.update,
      "online",
    ).connections.map(({ state }) => state);
  expect(both(true)).toEqual<ConnectionState[]>(["new_data", "current"]);
  expect(both(false)).toEqual<ConnectionState[]>(["new_data", "new_data"]);
});

test("a failure is explained in the details, and a first fetch that is being prepared is none", () => {
  const [failed] = describeOne({}, { "item-1": OUTCOMES.failed }).connections;
  expect(failed && stateText(failed)).toBe("Could not be updated: your broker does not respond properly");
  const preparing = { "item-1": outcome({ error: "provider-not-ready", as_of: null }) };
  const [first] = describeOne({ last_fetched_at: null }, preparing).connections;
  expect(first && stateText(first)).toBe("Not loaded yet: your broker is preparing your data");
});

test("data of another day is dated, not only timed", () => {
  const freshness = describeFreshness(held({}), [connection()], {}, "unreachable");
  expect(ageText(freshness, now)).toMatch(/showing data from \d{1,2}:\d{2}/);
  expect(ageText(freshness, now + 86_400_000)).toContain("showing data from Feb 19, 2026");
});

const failure = (status: number) => new ApiError({ status, title: "?" });
const unreachable = new NetworkError(undefined);
test.each<[string, Parameters<typeof judgeNetwork>[0], Network]>([
  ["a device that is offline", { isOnline: false, pollError: null, failedPolls: 0, loadError: null }, "offline"],
  ["nothing wrong", { isOnline: true, pollError: null, failedPolls: 0, loadError: null }, "online"],
  ["one lost poll", { isOnline: true, pollError: unreachable, failedPolls: 1, loadError: null }, "online"],
  ["two lost polls", { isOnline: true, pollError: unreachable, failedPolls: 2, loadError: null }, "unreachable"],
  ["two polls with a 502", { isOnline: true, pollError: failure(502), failedPolls: 2, loadError: null }, "unreachable"],
  ["a poll that is refused", { isOnline: true, pollError: failure(404), failedPolls: 1, loadError: null }, "failing"],
  ["a poll with a 429", { isOnline: true, pollError: failure(429), failedPolls: 3, loadError: null }, "online"],
  ["a failed load", { isOnline: true, pollError: null, failedPolls: 0, loadError: failure(503) }, "unreachable"],
  [
    "an unreadable portfolio",
    { isOnline: true, pollError: null, failedPolls: 0, loadError: new ResponseFormatError("x", "y") },
    "failing",
  ],
])("the network with %s", (_what, seen, network) => expect(judgeNetwork(seen)).toBe(network));
