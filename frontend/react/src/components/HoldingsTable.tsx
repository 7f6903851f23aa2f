"use client";
import type { ReactNode } from "react";
import type { HoldingRow, Portfolio } from "../client/types.js";
import { formatDay } from "./formats.js";
import { HoldingsRows } from "./HoldingsRows.js";
import { joinClasses } from "./joinClasses.js";
import { type LocalTexts, useTexts } from "./texts.js";
import {
  type ColumnName,
  type HoldingsTableState,
  type SortKey,
  type TableRow,
  useHoldingsTable,
} from "./useHoldingsTable.js";

const COLUMNS: readonly ColumnName[] = ["name", "quantity", "price", "value", "gain"];

export interface HoldingsTableProps {
  holdings: readonly HoldingRow[];
  /** The portfolio's `converted_total`: its rates compare amounts of several currencies. */
  convertedTotal?: Portfolio["converted_total"];
  /** A BCP 47 tag for words and numbers. Default: that of `TidingsProvider`. */
  locale?: string | undefined;
  /** The table's accessible name. */
  label?: string | undefined;
  searchable?: boolean | undefined;
  /** Shown if there are no holdings. */
  empty?: ReactNode;
  /** Which columns are shown, in this order. Default: all. */
  columns?: readonly ColumnName[] | undefined;
  className?: string | undefined;
  /** Renders what stands above the table, in place of search and count. */
  renderToolbar?: ((table: HoldingsTableState) => ReactNode) | undefined;
  /** Renders more in the expanded part of a row. */
  renderDetails?: ((row: TableRow) => ReactNode) | undefined;
  /** Returns a word for a row that has changed, such as "New". The row is highlighted, with the word beside its name. */
  markChange?: ((row: TableRow) => string | undefined) | undefined;
}

/** Show holdings in a table with sorting, search and expandable rows. A long table renders only the rows in view. */
export function HoldingsTable(props: HoldingsTableProps) {
  const { holdings, locale, searchable = true, empty, columns = COLUMNS, renderToolbar, renderDetails } = props;
  const words = useTexts(locale);
  const { texts, say } = words;
  const table = useHoldingsTable(holdings, { locale, convertedTotal: props.convertedTotal });
  if (holdings.length === 0) return <p className="tidings-empty">{empty ?? texts.states.empty}</p>;
  return (
    <div className={joinClasses("tidings-holdings", props.className)}>
      {renderToolbar ? renderToolbar(table) : searchable && <Toolbar table={table} words={words} columns={columns} />}
      <HoldingsRows
        table={table}
        words={words}
        label={props.label ?? texts.table.label}
        columns={columns}
        renderDetails={renderDetails}
        convertedTo={props.convertedTotal?.currency}
        markChange={props.markChange}
      />
      {table.priceDay && (
        <p className="tidings-muted tidings-prices">
          {say(texts.table.prices, {
            date: formatDay(table.priceDay, words.locale),
          })}
        </p>
      )}
      {table.rows.some(({ holding }) => holding.valuation) && (
        <p className="tidings-muted tidings-prices">* {texts.table.valuation}</p>
      )}
      {table.rows.length === 0 && (
        <p className="tidings-empty">{say(texts.table.noMatch, { query: table.query.trim() })}</p>
      )}
    </div>
  );
}

interface ToolbarProps {
  table: HoldingsTableState;
  words: LocalTexts;
  columns: readonly ColumnName[];
}

function Toolbar({ table, words: { texts, say }, columns }: ToolbarProps) {
  const { rows, total, sort, query } = table;
  const { count, countOf, ...labels } = texts.table;
  return (
    <div className="tidings-toolbar">
      <input
        aria-label={labels.search}
        className="tidings-input"
        type="search"
        placeholder={labels.searchHint}
        value={query}
        onChange={(event) => table.setQuery(event.target.value)}
      />
      <select
        aria-label={labels.sortBy}
        className="tidings-input tidings-narrow"
        value={sort.key}
        onChange={(event) => table.sortBy(event.target.value as SortKey)}
      >
        {columns.map((name) => (
          <option key={name} value={name}>
            {labels.columns[name]}
          </option>
        ))}
      </select>
      <output className="tidings-muted">
        {say(rows.length === total ? count : countOf, { shown: rows.length, count: total })}
      </output>
    </div>
  );
}
