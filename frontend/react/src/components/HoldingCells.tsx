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
import { valuationLabel } from "./labels.js";
import type { LocalTexts } from "./texts.js";
import type { ColumnName, HoldingsTableState, TableRow } from "./useHoldingsTable.js";

interface CellProps {
  row: TableRow;
  words: LocalTexts;
  table: HoldingsTableState;
  /** The currency to which the rows' values are converted. */
  convertedTo: string | undefined;
}

export interface CellsProps extends CellProps {
  columns: readonly ColumnName[];
  /** What has changed, in a word. */
  change: string | undefined;
  isExpanded: boolean;
  onToggle: () => void;
}

/** Show a holding's cells. Cash has no quantity and no price: its amount is its value. */
export function HoldingCells({ columns, change, isExpanded, onToggle, ...cell }: CellsProps) {
  const { title, detail, holding } = cell.row;
  return columns.map((name) =>
    name === "name" ? (
      <th key={name} scope="row" className="tidings-col-name">
        <button type="button" className="tidings-expand" aria-expanded={isExpanded} onClick={onToggle}>
          <strong>{title}</strong>
          <span className="tidings-muted">
            {change && <strong className="tidings-change">{change} · </strong>}
            {detail}
          </span>
        </button>
      </th>
    ) : (
      <td key={name} className={`tidings-col-${name}`}>
        {name === "value" && <Value {...cell} />}
        {!holding.is_cash && DETAILS[name](cell)}
      </td>
    ),
  );
}

/** What the cells of a security show. */
const DETAILS: Record<Exclude<ColumnName, "name">, (cell: CellProps) => ReactNode> = {
  quantity: (cell) => (
    <>
      <Quantity {...cell} />
      <Unvested {...cell} />
    </>
  ),
  price: (cell) => (
    <>
      <Amount text={priceOf(cell)} locale={cell.words.locale} />
      <OtherDay {...cell} />
    </>
  ),
  value: (cell) => (
    <>
      <span className="tidings-narrow">
        <span className="tidings-muted">{narrowLabel(cell)}</span>
        <OtherDay {...cell} />
        <Unvested {...cell} />
      </span>
      <span className="tidings-medium">
        <Gain {...cell} />
      </span>
    </>
  ),
  gain: (cell) => <Gain {...cell} />,
};

/** Say quantity and price in one line: "10 × $5.00", "2 contracts · $3.10". */
function narrowLabel(cell: CellProps) {
  const { quantity, option } = cell.row.holding;
  const contracts = option?.contracts ?? null;
  return `${unitsLabel(quantity, contracts, cell.words)} ${contracts === null ? "×" : "·"} ${priceOf(cell)}`;
}

const priceOf = ({ row: { holding }, words }: CellProps) => formatPrice(holding.price, holding.currency, words.locale);

/** Show the day of a price that is not of the day of the others. */
function OtherDay({ row: { holding }, words, table }: CellProps) {
  const { price, price_as_of: day } = holding;
  if (price === null || !day || day.slice(0, 10) === table.priceDay) return null;
  return <span className="tidings-muted">{formatDay(day, words.locale)}</span>;
}

function Value({ row: { holding, rate }, words: { locale }, convertedTo }: CellProps) {
  const { value, currency, valuation } = holding;
  return (
    <>
      <Amount text={formatMoney(value, currency, locale)} locale={locale}>
        {valuation && <span>*</span>}
      </Amount>
      {value !== null && rate !== null && convertedTo && convertedTo !== currency && (
        <span className="tidings-muted">
          <Amount text={`≈ ${formatMoney(value * rate, convertedTo, locale)}`} locale={locale} />
        </span>
      )}
    </>
  );
}

/** Show what is held: an option's contracts if they are known, else its shares. */
function Quantity({ row: { holding }, words }: CellProps) {
  const { quantity, option } = holding;
  const { texts, locale } = words;
  const { table } = texts;
  const contracts = option?.contracts ?? null;
  const size = contracts === null && option ? null : (option ?? holding).multiplier;
  const note = [
    contracts === null ? option && table.shares : contractsWord(contracts, words),
    size !== null && `× ${formatQuantity(size, locale)}${option ? "" : ` ${table.units}`}`,
  ];
  return (
    <>
      <Amount text={formatQuantity(contracts ?? quantity, locale)} locale={locale} />
      <span className="tidings-muted">{quantity === null ? table.unknown : note.filter(Boolean).join(" ")}</span>
    </>
  );
}

const contractsWord = (contracts: number, { texts, say }: LocalTexts) =>
  say(texts.table.contracts, { count: Math.abs(contracts) });

/** Say how many units in a few words: "2 contracts" for an option of which they are known, else the number. */
const unitsLabel = (quantity: number | null, contracts: number | null, words: LocalTexts) =>
  formatQuantity(contracts ?? quantity, words.locale) +
  (contracts === null ? "" : ` ${contractsWord(contracts, words)}`);

/** Show what is granted but not vested, which counts in no total. */
function Unvested({ row: { holding }, words: { texts, say, locale } }: CellProps) {
  const { unvested_quantity: quantity, unvested_value: value, currency } = holding;
  if (!quantity) return null;
  return (
    <span className="tidings-muted tidings-note">
      {say(texts.table.unvested, { quantity })}
      {value !== null && ` (${formatMoney(value, currency, locale)})`}
    </span>
  );
}

function Gain({ row: { gain, holding }, words: { locale } }: CellProps) {
  const cost = holding.cost_basis ?? 0;
  if (gain === null) return DASH;
  return (
    <span className={gain > 0 ? "tidings-up" : gain < 0 ? "tidings-down" : undefined}>
      <Amount text={formatGain(gain, holding.currency, locale)} locale={locale} />{" "}
      {cost > 0 && (
        <span className="tidings-share">
          <Amount text={formatPercent(gain / cost, locale, true)} locale={locale} />
        </span>
      )}
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
      {valuation && <p className="tidings-muted">* {valuationLabel(valuation, words)}</p>}
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
