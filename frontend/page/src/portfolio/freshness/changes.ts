import { formatQuantity, type HoldingRow, type RefreshResult, type RowChange } from "@tidings/react";
import { describeChange } from "../../changes/describeChange.ts";
import { locale, say, texts } from "../../locales/texts.ts";

const { refreshed: labels } = texts;
const NAMES_IN_SUMMARY = 3;

type Place = Pick<RowChange, "source_id" | "account_id" | "ticker" | "name" | "currency">;
const placeKey = ({ source_id: source, account_id: account, ticker, name, currency }: Place) =>
  [source, account, ticker ?? name, currency].join("|");

export interface ChangeIndex {
  /** List what the refresh changed in a row of the table. */
  find: (holding: HoldingRow) => RowChange[];
}

/** Index the changes of a refresh by the rows that they concern. What was removed has no row. */
export function indexChanges(result: RefreshResult | null): ChangeIndex {
  const rows = result?.portfolio?.metadata.changes.rows ?? [];
  const byPlace = new Map(rows.filter(({ change }) => change !== "removed").map((row) => [placeKey(row), row]));
  return {
    find: ({ sources, ticker, name, currency }) =>
      sources.flatMap((source) => byPlace.get(placeKey({ ...source, ticker, name, currency })) ?? []),
  };
}

/** Name a changed row in a word: it is new only if it is so in every account. */
export function changeLabel({ find }: ChangeIndex, holding: HoldingRow): string | undefined {
  const found = find(holding);
  if (found.length === 0) return undefined;
  const isNew = found.length === holding.sources.length && found.every(({ change }) => change === "added");
  return isNew ? labels.kinds.added : labels.kinds.quantity_changed;
}

/** Describe one change of a quantity: "10 → 11.5", an option's in contracts. */
export function quantityChangeLabel(change: RowChange, holding: HoldingRow): string {
  const { before, after, isContracts } = describeChange(change, [holding]);
  const label = (quantity: number | null) =>
    quantity === null ? texts.changes.unknown : formatQuantity(quantity, locale);
  const quantities = change.change === "added" ? label(after) : `${label(before)} → ${label(after)}`;
  return isContracts ? `${quantities} ${say(texts.changes.contracts, { count: Math.abs(after ?? 0) })}` : quantities;
}

/** Summarize what a refresh changed in one sentence; null if there is nothing to compare with. */
export function summarizeChanges({ portfolio }: RefreshResult): string | null {
  if (portfolio === null) return null;
  const { changed, changes } = portfolio.metadata;
  const parts = [
    changes.added > 0 && say(labels.added, { count: changes.added }),
    changes.quantity_changed > 0 && say(labels.quantityChanged, { count: changes.quantity_changed }),
    changes.removed > 0 && say(labels.removed, { count: changes.removed, names: listRemoved(changes.rows) }),
  ].filter((part) => part !== false);
  if (parts.length > 0) return say(labels.summary, { parts: parts.join(", ") });
  // `changed` without rows: only prices changed, or it was a first fetch.
  return changed ? null : labels.nothing;
}

function listRemoved(rows: readonly RowChange[]): string {
  const names = rows.filter(({ change }) => change === "removed").map((change) => describeChange(change, []).title);
  const more = names.length > NAMES_IN_SUMMARY ? ", …" : "";
  return names.slice(0, NAMES_IN_SUMMARY).join(", ") + more;
}
