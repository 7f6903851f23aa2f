import { useDeferredValue, useMemo, useState } from "react";
import type { HoldingRow } from "../client/types.js";
import { titleOf } from "./labels.js";

export type SortKey = "name" | "quantity" | "price" | "value" | "gain";
export interface Sort {
  key: SortKey;
  descending: boolean;
}

export interface TableRow {
  /** The same for the same security after a refresh. */
  id: string;
  holding: HoldingRow;
  title: string;
  detail: string;
  gain: number | null;
}

interface Indexed extends TableRow {
  words: string;
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export const gainOf = (holding: Pick<HoldingRow, "value" | "cost_basis">): number | null =>
  holding.value === null || holding.cost_basis === null ? null : holding.value - holding.cost_basis;

function indexed(holdings: readonly HoldingRow[], locale: string | undefined): Indexed[] {
  const met = new Map<string, number>();
  return holdings.map((holding) => {
    const { title, detail } = titleOf(holding, locale);
    const identity = [holding.currency, holding.isin ?? holding.cusip ?? holding.ticker, holding.exchange, title].join(
      "|",
    );
    const times = met.get(identity) ?? 0;
    met.set(identity, times + 1);
    const accounts = holding.sources.flatMap((source) => [source.account_name, source.institution]);
    const words = [
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
      gain: gainOf(holding),
      words: words.join("\n").toLowerCase(),
    };
  });
}

const numberOf = ({ holding, gain }: TableRow, key: Exclude<SortKey, "name">) => (key === "gain" ? gain : holding[key]);

/** What is unknown comes last, whichever way the rest is sorted. */
function compared(left: TableRow, right: TableRow, { key, descending }: Sort): number {
  const way = descending ? -1 : 1;
  if (key === "name") return way * collator.compare(left.title, right.title);
  const [first, second] = [numberOf(left, key), numberOf(right, key)];
  if (first === null || second === null) return Number(first === null) - Number(second === null);
  return way * (first - second) || collator.compare(left.title, right.title);
}

export interface HoldingsTableState {
  rows: readonly TableRow[];
  total: number;
  sort: Sort;
  /** Another column; the same one again turns the order round. Names begin at A, amounts with the largest. */
  sortBy: (key: SortKey) => void;
  setSort: (sort: Sort) => void;
  query: string;
  setQuery: (query: string) => void;
  /** Ids of the rows that are open. */
  expanded: ReadonlySet<string>;
  toggle: (id: string) => void;
}

/** Sort, search and expansion, without any markup. */
export function useHoldingsTable(
  holdings: readonly HoldingRow[],
  options: { locale?: string | undefined } = {},
): HoldingsTableState {
  const [sort, setSort] = useState<Sort>({ key: "value", descending: true });
  const [query, setQuery] = useState("");
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const all = useMemo(() => indexed(holdings, options.locale), [holdings, options.locale]);
  const sorted = useMemo(() => all.toSorted((left, right) => compared(left, right, sort)), [all, sort]);
  const wanted = useDeferredValue(query).trim().toLowerCase();
  const rows = useMemo(() => {
    const terms = wanted.split(/\s+/).filter(Boolean);
    return terms.length === 0 ? sorted : sorted.filter(({ words }) => terms.every((term) => words.includes(term)));
  }, [sorted, wanted]);
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
    sort,
    sortBy,
    setSort,
    query,
    setQuery,
    expanded,
    toggle,
  };
}
