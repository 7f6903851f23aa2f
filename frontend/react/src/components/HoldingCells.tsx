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
  const { is_cash: isCash, currency, price_as_of: priceAsOf, valuation } = holding;
  const price = formatPrice(holding.price, currency, locale);
  const unvested = <Unvested holding={holding} locale={locale} />;
  return (
    <>
      <th scope="row" className="tidings-col-name">
        <button type="button" className="tidings-expand" aria-expanded={isExpanded} onClick={onToggle}>
          <strong>{title}</strong>
          <span className="tidings-muted">{detail}</span>
        </button>
      </th>
      <td className="tidings-col-quantity">
        {!isCash && <Quantity holding={holding} locale={locale} />}
        {unvested}
      </td>
      <td className="tidings-col-price">
        {!isCash && price}
        {!isCash && priceAsOf && price !== DASH && (
          <span className="tidings-muted">{formatDay(priceAsOf, locale)}</span>
        )}
      </td>
      <td className="tidings-col-value">
        {formatMoney(holding.value, currency, locale)}
        {valuation && <span title={valuation.detail}>*</span>}
        {!isCash && (
          <span className="tidings-narrow">
            <span className="tidings-muted">
              {formatQuantity(holding.quantity, locale)} × {price}
            </span>
            {unvested}
          </span>
        )}
      </td>
      <td className="tidings-col-gain">{!isCash && <Gain row={row} locale={locale} />}</td>
    </>
  );
}

/** Show what is held: an option's contracts if they are known, else its shares. */
function Quantity({
  holding: { quantity, option, multiplier },
  locale,
}: {
  holding: HoldingRow;
  locale: string | undefined;
}) {
  const contracts = option?.contracts ?? null;
  const size = option ? option.multiplier : multiplier;
  const unit = option ? "shares" : "units";
  const note =
    quantity === null
      ? "unknown"
      : option && contracts === null
        ? unit
        : size && `× ${formatQuantity(size, locale)} ${unit}`;
  return (
    <>
      {formatQuantity(contracts ?? quantity, locale)}
      {contracts !== null && (Math.abs(contracts) === 1 ? " contract" : " contracts")}
      {note && <span className="tidings-muted">{note}</span>}
    </>
  );
}

/** Show what is granted but not vested, which counts in no total. */
function Unvested({ holding, locale }: { holding: HoldingRow; locale: string | undefined }) {
  const { unvested_quantity: quantity, unvested_value: value, currency } = holding;
  if (!quantity) return null;
  return (
    <span className="tidings-muted tidings-note">
      {formatQuantity(quantity, locale)} more not vested yet
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
export function SourceShares({ row, columns, locale }: { row: TableRow; columns: number; locale: string | undefined }) {
  const { sources, currency, valuation } = row.holding;
  return (
    <td colSpan={columns}>
      {valuation && <p className="tidings-muted">* {valuation.detail}</p>}
      <ul className="tidings-shares__list" aria-label={`${row.title} by account`}>
        {sources.map((source) => (
          <Share key={`${source.source_id}/${source.account_id}`} source={source} currency={currency} locale={locale} />
        ))}
      </ul>
    </td>
  );
}

function Share({ source, currency, locale }: { source: Position; currency: string; locale: string | undefined }) {
  const at = source.as_of;
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
          {formatQuantity(source.quantity, locale)}
          {at && (
            <>
              {" as of "}
              <time dateTime={at}>{formatInstant(at, locale)}</time>
            </>
          )}
        </span>
      </span>
    </li>
  );
}
