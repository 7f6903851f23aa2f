import type { ReactNode } from "react";
import { countContracts } from "../client/countContracts.js";
import type { HoldingRow, Position } from "../client/types.js";
import { Amount } from "./Amount.js";
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
  /** The day of most prices, which the rows do not repeat. */
  priceDay: string | null;
  convertedTo: string | undefined;
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

const PriceCell = (cell: CellProps) => {
  const { holding } = cell.row;
  const { locale } = cell.words;
  return (
    <td className="tidings-col-price">
      {!holding.is_cash && (
        <>
          <Amount text={formatPrice(holding.price, holding.currency, locale)} locale={locale} />
          <OtherDay {...cell} />
        </>
      )}
    </td>
  );
};

/** Show the day of a price that is not of the day of the others. */
function OtherDay({ row: { holding }, words: { locale }, priceDay }: CellProps) {
  const { price, price_as_of: day } = holding;
  if (price === null || !day || day.startsWith(priceDay ?? "-")) return null;
  return <span className="tidings-muted">{formatDay(day, locale)}</span>;
}

function ValueCell(cell: CellProps) {
  const { row, words, convertedTo } = cell;
  const { holding, rate } = row;
  const { currency, valuation } = holding;
  const contracts = holding.option?.contracts ?? null;
  const { locale } = words;
  return (
    <td className="tidings-col-value">
      <Amount text={formatMoney(holding.value, currency, locale)} locale={locale}>
        {valuation && <span title={valuation.detail}>*</span>}
      </Amount>
      {holding.value !== null && rate !== null && convertedTo && convertedTo !== currency && (
        <span className="tidings-muted">
          <Amount text={`≈ ${formatMoney(holding.value * rate, convertedTo, locale)}`} locale={locale} />
        </span>
      )}
      {!holding.is_cash && (
        <>
          <span className="tidings-narrow">
            <span className="tidings-muted">
              {unitsLabel(holding.quantity, contracts, words)} {contracts === null ? "×" : "·"}{" "}
              {formatPrice(holding.price, currency, locale)}
            </span>
            <OtherDay {...cell} />
            <Unvested holding={holding} words={words} />
          </span>
          <span className="tidings-medium">
            <Gain row={row} locale={locale} />
          </span>
        </>
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
function Quantity({ holding, words: { texts, say, locale } }: { holding: HoldingRow; words: LocalTexts }) {
  const { quantity, option } = holding;
  const { table } = texts;
  const contracts = option?.contracts ?? null;
  const isInShares = option !== null && contracts === null;
  const size = isInShares ? null : (option ?? holding).multiplier;
  const note = [
    contracts === null ? isInShares && table.shares : say(table.contracts, { count: Math.abs(contracts) }),
    size !== null && `× ${formatQuantity(size, locale)}${option ? "" : ` ${table.units}`}`,
  ];
  return (
    <>
      <Amount text={formatQuantity(contracts ?? quantity, locale)} locale={locale} />
      <span className="tidings-muted">{quantity === null ? table.unknown : note.filter(Boolean).join(" ")}</span>
    </>
  );
}

/** Say how many units in a few words: "2 contracts" for an option of which they are known, else the number. */
const unitsLabel = (quantity: number | null, contracts: number | null, { texts, say, locale }: LocalTexts) =>
  contracts === null
    ? formatQuantity(quantity, locale)
    : `${formatQuantity(contracts, locale)} ${say(texts.table.contracts, { count: Math.abs(contracts) })}`;

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
      <Amount text={formatGain(gain, holding.currency, locale)} locale={locale} />
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
  const { sources, currency, valuation, option } = row.holding;
  return (
    <td colSpan={columns}>
      {valuation && <p className="tidings-muted">* {valuation.detail}</p>}
      <ul className="tidings-shares__list" aria-label={words.say(words.texts.table.byAccount, { title: row.title })}>
        {sources.map((source) => (
          <Share
            key={`${source.source_id}/${source.account_id}`}
            source={source}
            currency={currency}
            option={option}
            words={words}
          />
        ))}
      </ul>
      {children}
    </td>
  );
}

interface ShareProps extends Pick<HoldingRow, "currency" | "option"> {
  source: Position;
  words: LocalTexts;
}

function Share({ source, currency, option, words }: ShareProps) {
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
        <Amount text={formatMoney(source.value, currency, locale)} locale={locale} />
        <span className="tidings-muted">
          {unitsLabel(source.quantity, countContracts(source.quantity, option), words)}
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
