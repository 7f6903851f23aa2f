"use client";
import { useDeferredValue, useMemo, useState } from "react";
import { createConverter, type FindRate } from "../client/createConverter.js";
import type { HoldingRow, Portfolio } from "../client/types.js";
import { titleOf } from "./labels.js";
import { type LocalTexts, useTexts } from "./texts.js";

export type ColumnName = "name" | "quantity" | "price" | "value" | "gain";
export type SortKey = ColumnName;
export interface Sort {
  key: SortKey;
  descending: boolean;
}

export interface TableRow {
  /** Stable across refreshes for the same security. */
  id: string;
  holding: HoldingRow;
  title: string;
  detail: string;
  gain: number | null;
  /** What converts the row's amounts to the currency of the total; null without a rate. */
  rate: number | null;
}

interface SearchableRow extends TableRow {
  searchText: string;
}

export const computeGain = (holding: Pick<HoldingRow, "value" | "cost_basis">): number | null =>
  holding.value === null || holding.cost_basis === null ? null : holding.value - holding.cost_basis;

function buildRows(holdings: readonly HoldingRow[], words: LocalTexts, findRate: FindRate): SearchableRow[] {
  const occurrences = new Map<string, number>();
  return holdings.map((holding) => {
    const { title, detail } = titleOf(holding, words);
    const identity = [holding.currency, holding.isin ?? holding.cusip ?? holding.ticker, holding.exchange, title].join(
      "|",
    );
    const times = occurrences.get(identity) ?? 0;
    occurrences.set(identity, times + 1);
    const accounts = holding.sources.flatMap((source) => [source.account_name, source.institution]);
    const searchable = [
      title,
      detail,
      holding.name,
      holding.ticker,
      holding.isin,
      holding.cusip,
      holding.currency,
      ...accounts,
    ];
    return {
      id: `${identity}|${times}`,
      holding,
      title,
      detail,
      gain: computeGain(holding),
      rate: findRate(holding.currency, holding.sources[0]?.as_of),
      searchText: searchable.join("\n").toLowerCase(),
    };
  });
}

function getNumber({ holding, gain, rate }: TableRow, key: Exclude<SortKey, "name">) {
  if (key === "quantity") return holding.option?.contracts ?? holding.quantity;
  const amount = key === "gain" ? gain : holding[key];
  return amount === null ? null : amount * (rate ?? 1);
}

/** Amounts are compared within a group only: those that can be converted, then each other currency. */
const groupOf = ({ holding, rate }: TableRow, key: SortKey) =>
  key === "quantity" || rate !== null ? "" : holding.currency;

/** Compare two rows. Unknown numbers come last in both directions. */
function compareRows(left: TableRow, right: TableRow, { key, descending }: Sort, collator: Intl.Collator): number {
  const direction = descending ? -1 : 1;
  if (key === "name") return direction * collator.compare(left.title, right.title);
  const [first, second] = [getNumber(left, key), getNumber(right, key)];
  if (first === null || second === null) return Number(first === null) - Number(second === null);
  const apart = collator.compare(groupOf(left, key), groupOf(right, key));
  return apart || direction * (first - second) || collator.compare(left.title, right.title);
}

/** Find the day that most prices have: the median is, if they have one. Only another day is shown in its row. */
function findPriceDay(holdings: readonly HoldingRow[]): string | null {
  const days = holdings.flatMap((row) => (row.is_cash ? [] : (row.price_as_of?.slice(0, 10) ?? []))).sort();
  return days[days.length >> 1] ?? null;
}

export interface HoldingsTableState {
  rows: readonly TableRow[];
  total: number;
  /** All holdings, as they were given. */
  holdings: readonly HoldingRow[];
  /** The day of most prices; null without any. */
  priceDay: string | null;
  sort: Sort;
  /** Sort by a column; the current column reverses its direction. Names start at A, amounts with the largest. */
  sortBy: (key: SortKey) => void;
  setSort: (sort: Sort) => void;
  query: string;
  setQuery: (query: string) => void;
  /** Ids of the expanded rows. */
  expanded: ReadonlySet<string>;
  toggle: (id: string) => void;
}

/** Manage sorting, search and expansion, without markup. `convertedTotal` has the rates that compare currencies. */
export function useHoldingsTable(
  holdings: readonly HoldingRow[],
  options: { locale?: string | undefined; convertedTotal?: Portfolio["converted_total"] } = {},
): HoldingsTableState {
  const [sort, setSort] = useState<Sort>({ key: "value", descending: true });
  const [query, setQuery] = useState("");
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const words = useTexts(options.locale);
  const { language } = words.texts;
  const collator = useMemo(() => new Intl.Collator(language, { numeric: true, sensitivity: "base" }), [language]);
  const { convertedTotal } = options;
  const all = useMemo(
    () => buildRows(holdings, words, createConverter(convertedTotal)),
    [holdings, words, convertedTotal],
  );
  const priceDay = useMemo(() => findPriceDay(holdings), [holdings]);
  const sorted = useMemo(
    () => all.toSorted((left, right) => compareRows(left, right, sort, collator)),
    [all, sort, collator],
  );
  const normalizedQuery = useDeferredValue(query).toLowerCase();
  const rows = useMemo(() => {
    const terms = normalizedQuery.split(/\s/);
    return sorted.filter(({ searchText }) => terms.every((term) => searchText.includes(term)));
  }, [sorted, normalizedQuery]);
  const toggle = (id: string) =>
    setExpanded((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  const sortBy = (key: SortKey) =>
    setSort((before) => ({ key, descending: before.key === key ? !before.descending : key !== "name" }));
  return {
    rows,
    total: all.length,
    holdings,
    priceDay,
    sort,
    sortBy,
    setSort,
    query,
    setQuery,
    expanded,
    toggle,
  };
}
