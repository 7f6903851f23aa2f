import { PROVIDER_NAMES } from "../client/providers.js";
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
import type { TableRow } from "./useHoldingsTable.js";

interface CellsProps {
  row: TableRow;
  locale: string | undefined;
  isExpanded: boolean;
  onToggle: () => void;
}

/** Show a holding's cells. Cash has no quantity and no price: its amount is its value. */
export function HoldingCells({ row, locale, isExpanded, onToggle }: CellsProps) {
  const { holding, title, detail } = row;
  const { is_cash: isCash, currency } = holding;
  return (
    <>
      <th scope="row" className="tidings-col-name">
        <button type="button" className="tidings-expand" aria-expanded={isExpanded} onClick={onToggle}>
          <strong>{title}</strong>
          <span className="tidings-muted">{detail}</span>
        </button>
      </th>
      <td className="tidings-col-quantity">{isCash ? "" : <Quantity holding={holding} locale={locale} />}</td>
      <td className="tidings-col-price">{isCash ? "" : <Price holding={holding} locale={locale} />}</td>
      <td className="tidings-col-value">
        {formatMoney(holding.value, currency, locale)}
        {!isCash && (
          <span className="tidings-muted tidings-narrow">
            {formatQuantity(holding.quantity, locale)} × {formatPrice(holding.price, currency, locale)}
          </span>
        )}
      </td>
      <td className="tidings-col-gain">{isCash ? "" : <Gain row={row} locale={locale} />}</td>
    </>
  );
}

function formatHoldingQuantity({ quantity, option }: HoldingRow, locale: string | undefined): string {
  if (option === null) return formatQuantity(quantity, locale);
  const { contracts } = option;
  return `${formatQuantity(contracts, locale)} ${Math.abs(contracts) === 1 ? "contract" : "contracts"}`;
}

function Quantity({ holding, locale }: { holding: HoldingRow; locale: string | undefined }) {
  const { option } = holding;
  return (
    <>
      {formatHoldingQuantity(holding, locale)}
      {option && <span className="tidings-muted">× {formatQuantity(option.multiplier, locale)} shares</span>}
    </>
  );
}

function Price({ holding, locale }: { holding: HoldingRow; locale: string | undefined }) {
  const { price, price_as_of: asOf, currency } = holding;
  return (
    <>
      {formatPrice(price, currency, locale)}
      {asOf !== null && price !== null && <span className="tidings-muted">{formatDay(asOf, locale)}</span>}
    </>
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
export function SourceShares({ row, columns, locale }: { row: TableRow; columns: number; locale: string | undefined }) {
  const { sources, currency } = row.holding;
  return (
    <td colSpan={columns}>
      <ul className="tidings-shares__list" aria-label={`${row.title} by account`}>
        {sources.map((source) => (
          <Share key={`${source.source_id}/${source.account_id}`} source={source} currency={currency} locale={locale} />
        ))}
      </ul>
    </td>
  );
}

function Share({ source, currency, locale }: { source: Position; currency: string; locale: string | undefined }) {
  const origin = [source.institution, PROVIDER_NAMES[source.provider]].filter(Boolean).join(" · ");
  return (
    <li>
      <span>
        {source.account_name ?? "Account"}
        <span className="tidings-muted">{origin}</span>
      </span>
      <span className="tidings-number">
        {formatMoney(source.value, currency, locale)}
        <span className="tidings-muted">
          {formatQuantity(source.quantity, locale)} {source.as_of && <AsOf at={source.as_of} locale={locale} />}
        </span>
      </span>
    </li>
  );
}

const AsOf = ({ at, locale }: { at: string; locale: string | undefined }) => (
  <>
    as of <time dateTime={at}>{formatInstant(at, locale)}</time>
  </>
);
