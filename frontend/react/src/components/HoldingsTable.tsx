import type { ReactNode } from "react";
import type { HoldingRow } from "../client/types.js";
import { formatQuantity } from "./formats.js";
import { COLUMNS, HoldingsRows } from "./HoldingsRows.js";
import { type HoldingsTableState, type SortKey, useHoldingsTable } from "./useHoldingsTable.js";

export interface HoldingsTableProps {
  holdings: readonly HoldingRow[];
  /** A BCP 47 tag. Default: the browser's locale. */
  locale?: string | undefined;
  /** The table's accessible name. */
  label?: string | undefined;
  searchable?: boolean | undefined;
  /** Shown if there are no holdings. */
  empty?: ReactNode;
}

/** Show holdings in a table with sorting, search and expandable rows. A long table renders only the rows in view. */
export function HoldingsTable({ holdings, locale, label = "Holdings", searchable = true, empty }: HoldingsTableProps) {
  const table = useHoldingsTable(holdings, { locale });
  if (holdings.length === 0) return <p className="tidings-empty">{empty ?? "No holdings yet."}</p>;
  return (
    <div className="tidings-holdings">
      {searchable && <Toolbar table={table} locale={locale} />}
      <HoldingsRows table={table} locale={locale} label={label} />
      {table.rows.length === 0 && <p className="tidings-empty">Nothing matches “{table.query.trim()}”.</p>}
    </div>
  );
}

function Toolbar({ table, locale }: { table: HoldingsTableState; locale: string | undefined }) {
  const { rows, total, sort, query } = table;
  const shown = rows.length === total ? "" : `${formatQuantity(rows.length, locale)} of `;
  return (
    <div className="tidings-toolbar">
      <input
        aria-label="Search holdings"
        className="tidings-input"
        type="search"
        placeholder="Search name, ticker or account"
        value={query}
        onChange={(event) => table.setQuery(event.target.value)}
      />
      <select
        aria-label="Sort by"
        className="tidings-input tidings-narrow"
        value={sort.key}
        onChange={(event) => table.sortBy(event.target.value as SortKey)}
      >
        {COLUMNS.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      <output className="tidings-muted">
        {shown}
        {formatQuantity(total, locale)} {total === 1 ? "holding" : "holdings"}
      </output>
    </div>
  );
}
