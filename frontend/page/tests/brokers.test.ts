import type { Institution } from "@tidings/react";
import { findBrokers, pickColor, pickInitials } from "../src/connecting/brokers.ts";

const broker = (name: string): Institution => ({ provider: "snaptrade", broker: name.toUpperCase(), name });
const BROKERS = ["Charles Schwab", "Crédit Agricole", "E*TRADE", "Interactive Brokers"].map(broker);
const find = (query: string) => findBrokers(BROKERS, query).map(({ name }) => name);

test.each([
  ["", BROKERS.map(({ name }) => name)],
  ["schw", ["Charles Schwab"]],
  ["credit", ["Crédit Agricole"]],
  ["brokers inter", ["Interactive Brokers"]],
  ["e*tr", ["E*TRADE"]],
  ["wab", []],
])("a search for %o finds by the beginnings of words", (query, names) => {
  expect(find(query)).toEqual(names);
});

test.each([
  ["Charles Schwab", "CS"],
  ["Fidelity", "FI"],
  ["E*TRADE", "ET"],
  ["Éclat", "ÉC"],
])("the initials of %s are %s", (name, initials) => {
  expect(pickInitials(name)).toBe(initials);
});

test("a broker always has the same colour, one of eight", () => {
  const colors = BROKERS.map((one) => pickColor(one.broker));
  expect(colors).toEqual(BROKERS.map((one) => pickColor(one.broker)));
  for (const color of colors) expect([0, 1, 2, 3, 4, 5, 6, 7]).toContain(color);
});
