import { type CSSProperties, type ReactNode, useEffect, useMemo, useRef } from "react";
import { measureTails } from "./Amount.js";
import { type CellsProps, HoldingCells, SourceShares } from "./HoldingCells.js";
import type { HoldingsTableState, SortKey, TableRow } from "./useHoldingsTable.js";
import { useRowWindow } from "./useRowWindow.js";

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

interface RowsProps extends Pick<CellsProps, "words" | "columns" | "convertedTo"> {
  table: HoldingsTableState;
  label: string;
  renderDetails?: ((row: TableRow) => ReactNode) | undefined;
  markChange?: ((row: TableRow) => string | undefined) | undefined;
}

/** Show the table. Of a long one, only the lines in view: the ARIA row count and indices describe the whole table. */
export function HoldingsRows(props: RowsProps) {
  const { table, words, label, columns, renderDetails, markChange } = props;
  const { rows, expanded, sort, query } = table;
  const lines = useMemo(() => buildLines(rows, expanded), [rows, expanded]);
  const tails = useMemo(() => measureTails(table.holdings, words.locale), [table.holdings, words.locale]);
  // React sets a ref before it runs an effect.
  const box = useRef(null as unknown as HTMLElement);
  const { isLong, first, end, before, after, onScroll } = useRowWindow(box, lines);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new sort order or search starts at the top
  useEffect(() => {
    box.current.scrollTop = 0;
    onScroll();
  }, [sort, query]);
  // Keyboard users must be able to scroll the box of a long table.
  const scrolling = isLong && {
    className: "tidings-holdings__box",
    "aria-label": words.say(words.texts.table.scrollable, { label }),
    tabIndex: 0,
    onScroll,
  };
  return (
    <section ref={box} {...scrolling}>
      <table
        className="tidings-table"
        aria-label={label}
        aria-rowcount={lines.length + 1}
        style={tails as CSSProperties}
      >
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((name) => (
              <th key={name} scope="col" className={`tidings-col-${name}`} aria-sort={sortDirection(table, name)}>
                <button type="button" className="tidings-sort" onClick={() => table.sortBy(name)}>
                  {words.texts.table.columns[name]}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer px={before} columns={columns.length} />
          {lines.slice(first, end).map(({ key, row, hasShares }, index) => {
            const line = { "data-line": key, "aria-rowindex": first + index + 2 };
            if (hasShares)
              return (
                <tr key={key} {...line} className="tidings-shares">
                  <SourceShares row={row} columns={columns.length} words={words}>
                    {renderDetails?.(row)}
                  </SourceShares>
                </tr>
              );
            const change = markChange?.(row);
            return (
              <tr key={key} {...line} data-ticker={row.holding.ticker ?? row.title} data-changed={change}>
                <HoldingCells
                  {...props}
                  row={row}
                  change={change}
                  isExpanded={expanded.has(key)}
                  onToggle={() => table.toggle(key)}
                />
              </tr>
            );
          })}
          <Spacer px={after} columns={columns.length} />
        </tbody>
      </table>
    </section>
  );
}

function sortDirection({ sort }: HoldingsTableState, name: SortKey) {
  if (sort.key !== name) return undefined;
  return sort.descending ? "descending" : "ascending";
}

/** Take the space of the rows that are not rendered. */
function Spacer({ px, columns }: { px: number; columns: number }) {
  if (px <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: the row has no focusable content
    <tr aria-hidden="true">
      <td colSpan={columns} className="tidings-spacer" style={{ height: px }} />
    </tr>
  );
}
