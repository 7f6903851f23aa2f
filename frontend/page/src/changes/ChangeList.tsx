import { Amount, formatQuantity, type Portfolio, type RowChange, tailWidth } from "@tidings/react";
import type { CSSProperties } from "react";
import { locale, say, texts } from "../locales/texts.ts";
import { type ChangeDescription, describeChange } from "./describeChange.ts";

const { changes: labels } = texts;

interface ChangeListProps {
  rows: readonly RowChange[];
  portfolio: Portfolio;
  label: string;
}

/** List changed positions with their quantities before and after; options in contracts. */
export function ChangeList({ rows, portfolio, label }: ChangeListProps) {
  const described = rows.map((change) => ({ change, ...describeChange(change, portfolio.holdings) }));
  const decimals = described.flatMap(({ before, after }) => [before, after].map(countDecimals));
  const longest = Math.max(0, ...decimals);
  return (
    <ul
      className="change-list"
      aria-label={label}
      style={{ "--tidings-tail": tailWidth(longest && longest + 1) } as CSSProperties}
    >
      {described.map(({ change, ...description }) => (
        <ChangeItem
          key={`${change.source_id}/${change.account_id}/${change.ticker}/${change.name}/${change.currency}`}
          change={change}
          description={description}
          accountName={findAccountName(change, portfolio)}
        />
      ))}
    </ul>
  );
}

interface ChangeItemProps {
  change: RowChange;
  description: ChangeDescription;
  accountName: string | null;
}

function ChangeItem({ change, description, accountName }: ChangeItemProps) {
  const { title, before, after, isContracts } = description;
  return (
    <li>
      <span className={`change-list__kind change-list__kind--${change.change}`}>{labels.kinds[change.change]}</span>
      <span className="change-list__name">
        <strong>{title}</strong>
        <span className="tidings-muted">{accountName}</span>
      </span>
      <span className="tidings-number tidings-muted">
        {change.change !== "added" && (
          <>
            <span className="visually-hidden">{labels.before}</span>
            <Quantity quantity={before} />
          </>
        )}
      </span>
      <span className="change-list__arrow tidings-muted" aria-hidden="true">
        →
      </span>
      <span className="tidings-number">
        <span className="visually-hidden">{labels.after}</span>
        <Quantity quantity={change.change === "removed" ? 0 : after} />
        {isContracts && (
          <span className="tidings-muted">{say(labels.contracts, { count: Math.abs(after ?? before ?? 0) })}</span>
        )}
      </span>
    </li>
  );
}

const Quantity = ({ quantity }: { quantity: number | null }) =>
  quantity === null ? labels.unknown : <Amount text={formatQuantity(quantity, locale)} locale={locale} />;

const countDecimals = (quantity: number | null) => String(quantity ?? "").split(".")[1]?.length ?? 0;

function findAccountName({ account_id, source_id }: RowChange, { accounts }: Portfolio): string | null {
  return accounts.find((account) => account.account_id === account_id && account.source_id === source_id)?.name ?? null;
}
