import type { AccountTotal, HoldingRow, RowChange } from "@tidings/react";
import { texts } from "../../locales/texts.ts";
import { quantityChangeLabel } from "./changes.ts";

const { refreshed: labels, accounts: accountLabels } = texts;

/** List what a refresh changed in one row, by account. */
export function HoldingChanges({
  holding,
  changes,
  accounts,
}: {
  holding: HoldingRow;
  changes: readonly RowChange[];
  accounts: readonly AccountTotal[];
}) {
  if (changes.length === 0) return null;
  const accountName = (change: RowChange) =>
    accounts.find(({ account_id: id, source_id: source }) => id === change.account_id && source === change.source_id)
      ?.name ?? accountLabels.account;
  return (
    <ul className="holding-changes" aria-label={labels.inAccounts}>
      {changes.map((change) => (
        <li key={`${change.source_id}/${change.account_id}`}>
          {accountName(change)}: {quantityChangeLabel(change, holding)}
        </li>
      ))}
    </ul>
  );
}
