import type { ReactNode } from "react";
import type { HoldingRow, Position } from "../client/types.js";
import {
  DASH,
  formatDay,
  formatGain,
  formatInstant,
  formatMoney,
  formatPercent,
  formatPrice,
  formatQuantity,
} from "./formats.js";
import type { LocalTexts } from "./texts.js";
import type { ColumnName, TableRow } from "./useHoldingsTable.js";

interface CellsProps {
  row: TableRow;
  words: LocalTexts;
  columns: readonly ColumnName[];
  isExpanded: boolean;
  onToggle: () => void;
}

/** Show a holding's cells. Cash has no quantity and no price: its amount is its value. */
export function HoldingCells({ columns, ...cell }: CellsProps) {
  return columns.map((name) => {
    const Cell = CELLS[name];
    return <Cell key={name} {...cell} />;
  });
}

type CellProps = Omit<CellsProps, "columns">;

const NameCell = ({ row: { title, detail }, isExpanded, onToggle }: CellProps) => (
  <th scope="row" className="tidings-col-name">
    <button type="button" className="tidings-expand" aria-expanded={isExpanded} onClick={onToggle}>
      <strong>{title}</strong>
      <span className="tidings-muted">{detail}</span>
    </button>
  </th>
);

const QuantityCell = ({ row: { holding }, words }: CellProps) => (
  <td className="tidings-col-quantity">
    {!holding.is_cash && <Quantity holding={holding} words={words} />}
    <Unvested holding={holding} words={words} />
  </td>
);

function PriceCell({ row: { holding }, words: { locale } }: CellProps) {
  const { is_cash: isCash, price_as_of: priceAsOf } = holding;
  const price = formatPrice(holding.price, holding.currency, locale);
  return (
    <td className="tidings-col-price">
      {!isCash && price}
      {!isCash && priceAsOf && price !== DASH && <span className="tidings-muted">{formatDay(priceAsOf, locale)}</span>}
    </td>
  );
}

function ValueCell({ row: { holding }, words }: CellProps) {
  const { currency, quantity, valuation } = holding;
  const { locale } = words;
  return (
    <td className="tidings-col-value">
      {formatMoney(holding.value, currency, locale)}
      {valuation && <span title={valuation.detail}>*</span>}
      {!holding.is_cash && (
        <span className="tidings-narrow">
          <span className="tidings-muted">
            {formatQuantity(quantity, locale)} × {formatPrice(holding.price, currency, locale)}
          </span>
          <Unvested holding={holding} words={words} />
        </span>
      )}
    </td>
  );
}

const GainCell = ({ row, words }: CellProps) => (
  <td className="tidings-col-gain">{!row.holding.is_cash && <Gain row={row} locale={words.locale} />}</td>
);

const CELLS: Record<ColumnName, (props: CellProps) => ReactNode> = {
  name: NameCell,
  quantity: QuantityCell,
  price: PriceCell,
  value: ValueCell,
  gain: GainCell,
};

/** Show what is held: an option's contracts if they are known, else its shares. */
function Quantity({
  holding: { quantity, option, multiplier },
  words: { texts, say, locale },
}: {
  holding: HoldingRow;
  words: LocalTexts;
}) {
  const { table } = texts;
  const contracts = option?.contracts ?? null;
  const size = option ? option.multiplier : multiplier;
  const unit = option ? table.shares : table.units;
  const note =
    quantity === null
      ? table.unknown
      : option && contracts === null
        ? unit
        : size && `× ${formatQuantity(size, locale)} ${unit}`;
  return (
    <>
      {formatQuantity(contracts ?? quantity, locale)}
      {contracts !== null && ` ${say(table.contracts, { count: Math.abs(contracts) })}`}
      {note && <span className="tidings-muted">{note}</span>}
    </>
  );
}

/** Show what is granted but not vested, which counts in no total. */
function Unvested({ holding, words }: { holding: HoldingRow; words: LocalTexts }) {
  const { texts, say, locale } = words;
  const { unvested_quantity: quantity, unvested_value: value, currency } = holding;
  if (!quantity) return null;
  return (
    <span className="tidings-muted tidings-note">
      {say(texts.table.unvested, { quantity })}
      {value !== null && ` (${formatMoney(value, currency, locale)})`}
    </span>
  );
}

function Gain({ row: { gain, holding }, locale }: { row: TableRow; locale: string | undefined }) {
  const cost = holding.cost_basis;
  if (gain === null) return DASH;
  const className = gain > 0 ? "tidings-up" : gain < 0 ? "tidings-down" : undefined;
  return (
    <span className={className}>
      {formatGain(gain, holding.currency, locale)}
      {cost !== null && cost > 0 && <span className="tidings-share">{formatPercent(gain / cost, locale, true)}</span>}
    </span>
  );
}

/** Show the expanded part of a row: each account's share and the age of its data. */
export function SourceShares({
  row,
  columns,
  words,
  children,
}: {
  row: TableRow;
  columns: number;
  words: LocalTexts;
  children: ReactNode;
}) {
  const { sources, currency, valuation } = row.holding;
  return (
    <td colSpan={columns}>
      {valuation && <p className="tidings-muted">* {valuation.detail}</p>}
      <ul className="tidings-shares__list" aria-label={words.say(words.texts.table.byAccount, { title: row.title })}>
        {sources.map((source) => (
          <Share key={`${source.source_id}/${source.account_id}`} source={source} currency={currency} words={words} />
        ))}
      </ul>
      {children}
    </td>
  );
}

function Share({ source, currency, words }: { source: Position; currency: string; words: LocalTexts }) {
  const { locale } = words;
  const { table } = words.texts;
  const at = source.as_of;
  return (
    <li>
      <span>
        {source.account_name ?? table.account}
        <span className="tidings-muted">{source.institution}</span>
      </span>
      <span className="tidings-number">
        {formatMoney(source.value, currency, locale)}
        <span className="tidings-muted">
          {formatQuantity(source.quantity, locale)}
          {at && (
            <>
              {` ${table.asOf} `}
              <time dateTime={at}>{formatInstant(at, locale)}</time>
            </>
          )}
        </span>
      </span>
    </li>
  );
}
