import { type ReactNode, useCallback, useEffect, useMemo, useRef } from "react";
import { HoldingCells, SourceShares } from "./HoldingCells.js";
import type { HoldingsTableState, SortKey, TableRow } from "./useHoldingsTable.js";
import { useRowWindow } from "./useRowWindow.js";

export const COLUMNS: { name: SortKey; title: string }[] = [
  { name: "name", title: "Holding" },
  { name: "quantity", title: "Quantity" },
  { name: "price", title: "Price" },
  { name: "value", title: "Value" },
  { name: "gain", title: "Gain" },
];
/** Render all rows up to this number, so that the browser's search and printing include them. */
const MAX_ROWS_WITHOUT_WINDOW = 100;

interface Line {
  key: string;
  row: TableRow;
  /** Whether this is the expanded line below a row. */
  hasShares: boolean;
}

const buildLines = (rows: readonly TableRow[], expanded: ReadonlySet<string>): Line[] =>
  rows.flatMap((row) => {
    const line = { key: row.id, row, hasShares: false };
    return expanded.has(row.id) ? [line, { key: `${row.id}+`, row, hasShares: true }] : [line];
  });

interface RowsProps {
  table: HoldingsTableState;
  locale: string | undefined;
  label: string;
}

export function HoldingsRows({ table, locale, label }: RowsProps) {
  const lines = useMemo(() => buildLines(table.rows, table.expanded), [table.rows, table.expanded]);
  if (lines.length > MAX_ROWS_WITHOUT_WINDOW)
    return <LongTable table={table} locale={locale} label={label} lines={lines} />;
  return (
    <Table table={table} label={label}>
      {lines.map((line) => (
        <tr key={line.key} {...rowAttributes(line)}>
          <Cells line={line} table={table} locale={locale} />
        </tr>
      ))}
    </Table>
  );
}

/** Render only the lines in view. The ARIA row count and indices describe the whole table. */
function LongTable({ table, locale, label, lines }: RowsProps & { lines: readonly Line[] }) {
  const box = useRef<HTMLElement>(null);
  const isTall = useCallback((index: number) => lines[index]?.hasShares ?? false, [lines]);
  const { first, end, before, after, onScroll } = useRowWindow(box, lines.length, isTall);
  const { sort, query } = table;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new sort order or search starts at the top
  useEffect(() => {
    if (!box.current) return;
    box.current.scrollTop = 0;
    onScroll();
  }, [sort, query]);
  return (
    <section
      ref={box}
      className="tidings-holdings__box"
      aria-label={`${label}, scrollable`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll the box
      tabIndex={0}
      onScroll={onScroll}
    >
      <Table table={table} label={label} rowCount={lines.length + 1}>
        <Spacer px={before} />
        {lines.slice(first, end).map((line, index) => (
          <tr key={line.key} data-line={first + index} aria-rowindex={first + index + 2} {...rowAttributes(line)}>
            <Cells line={line} table={table} locale={locale} />
          </tr>
        ))}
        <Spacer px={after} />
      </Table>
    </section>
  );
}

const rowAttributes = ({ row, hasShares }: Line) =>
  hasShares ? { className: "tidings-shares" } : { "data-ticker": row.holding.ticker ?? row.title };

function Cells({
  line: { row, hasShares },
  table,
  locale,
}: {
  line: Line;
  table: HoldingsTableState;
  locale: string | undefined;
}) {
  if (hasShares) return <SourceShares row={row} columns={COLUMNS.length} locale={locale} />;
  return (
    <HoldingCells
      row={row}
      locale={locale}
      isExpanded={table.expanded.has(row.id)}
      onToggle={() => table.toggle(row.id)}
    />
  );
}

function Table({
  table,
  label,
  rowCount,
  children,
}: {
  table: HoldingsTableState;
  label: string;
  rowCount?: number;
  children: ReactNode;
}) {
  return (
    <table className="tidings-table" aria-label={label} aria-rowcount={rowCount}>
      <thead>
        <tr aria-rowindex={rowCount && 1}>
          {COLUMNS.map(({ name, title }) => (
            <th key={name} scope="col" className={`tidings-col-${name}`} aria-sort={sortDirection(table, name)}>
              <button type="button" className="tidings-sort" onClick={() => table.sortBy(name)}>
                {title}
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

function sortDirection({ sort }: HoldingsTableState, name: SortKey) {
  if (sort.key !== name) return undefined;
  return sort.descending ? "descending" : "ascending";
}

/** Take the space of the rows that are not rendered. */
function Spacer({ px }: { px: number }) {
  if (px <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: the row has no focusable content
    <tr aria-hidden="true">
      <td colSpan={COLUMNS.length} className="tidings-spacer" style={{ height: px }} />
    </tr>
  );
}
