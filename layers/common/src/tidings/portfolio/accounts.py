"""Count every real account once, list all of them with their totals, and warn about what does not add up."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from tidings import clock
from tidings.api.portfolio_types import AccountTotal
from tidings.holdings import Account, FetchedHoldings, Holding, Snapshot
from tidings.portfolio import account_warnings as warnings
from tidings.portfolio.account_groups import group_same_accounts
from tidings.portfolio.account_holdings import AccountHoldings, group_by_account
from tidings.portfolio.placeholders import Placeholder, find_placeholders


class DeduplicatedAccounts(NamedTuple):
    """The accounts that count in the portfolio, and those that don't."""

    kept: tuple[AccountHoldings, ...]
    repeated: tuple[tuple[AccountHoldings, AccountHoldings], ...]
    """Pairs: the account that is left out, and the account that counts in its place."""
    paper: tuple[AccountHoldings, ...]
    """Accounts that trade with play money. They are listed, but neither their rows nor their totals count."""
    placeholders: tuple[Placeholder, ...]
    """Rows of accounts that count, which stand for another account's money. They don't count."""

    def counted_holdings(self) -> Iterable[tuple[AccountHoldings, Holding]]:
        """List the rows that count, with their accounts."""
        left_out = {id(placeholder.holding) for placeholder in self.placeholders}
        for held in self.kept:
            for holding in held.holdings:
                if id(holding) not in left_out:
                    yield held, holding


def deduplicate(snapshots: Sequence[Snapshot]) -> DeduplicatedAccounts:
    """Count every real account once. If sources show the same account, the newest data that can be read count."""
    every = sorted((held for one in snapshots for held in group_by_account(one)), key=lambda held: held.account_key)
    groups = group_same_accounts(held for held in every if not held.account.is_paper)
    kept = tuple(sorted((group[0] for group in groups), key=lambda held: held.account_key))
    repeated = [(held, group[0]) for group in groups for held in group[1:]]
    return DeduplicatedAccounts(
        kept=kept,
        repeated=tuple(sorted(repeated, key=lambda pair: pair[0].account_key)),
        paper=tuple(held for held in every if held.account.is_paper),
        placeholders=find_placeholders(kept, [held for held, _ in repeated]),
    )


def account_totals(deduplicated: DeduplicatedAccounts) -> list[AccountTotal]:
    """List every account, with the difference between its stated total and its rows."""
    left_out = [*(held for held, _ in deduplicated.repeated), *deduplicated.paper]
    every = [(held, True) for held in deduplicated.kept] + [(held, False) for held in left_out]
    return [
        _total(held, is_counted=is_counted) for held, is_counted in sorted(every, key=lambda pair: pair[0].account_key)
    ]


def account_warnings(deduplicated: DeduplicatedAccounts) -> list[str]:
    """Describe for the user: accounts linked twice, rows left out, accounts that can't be read or don't add up."""
    return [
        *(warnings.describe_repeated(held) for held, _ in deduplicated.repeated),
        *map(warnings.describe_placeholder, deduplicated.placeholders),
        *warnings.list_unreadable_warnings(deduplicated.kept),
        *warnings.list_residual_warnings(deduplicated.kept),
    ]


def carry_over_unreadable(fetched: FetchedHoldings, before: Snapshot | None) -> FetchedHoldings:
    """Keep the last rows of accounts that the provider can no longer read (docs/protocol.md, rule 9).

    An account with a total of 0 keeps none: by its institution it holds nothing now.
    """
    if before is None:
        return fetched
    unreadable = {account.account_id for account in fetched.accounts if _keeps_last_rows(account)}
    rows = tuple(holding for holding in before.holdings if holding.account_id in unreadable)
    dates = {account.account_id: account.rows_from for account in before.accounts}
    held = {row.account_id for row in rows}
    accounts = tuple(
        replace(account, rows_from=dates.get(account.account_id) or before.fetch_began_at)
        if account.account_id in held
        else account
        for account in fetched.accounts
    )
    return fetched._replace(holdings=fetched.holdings + rows, accounts=accounts)


def _keeps_last_rows(account: Account) -> bool:
    return not account.readable and account.institution_total != 0


def _total(held: AccountHoldings, *, is_counted: bool) -> AccountTotal:
    account, snapshot = held.account, held.snapshot
    return {
        "provider": snapshot.provider,
        "source_id": snapshot.source_id,
        "account_id": account.account_id,
        "name": account.name,
        "type": account.type,
        "mask": account.mask,
        "institution": snapshot.institution,
        "currency": account.currency,
        "institution_total": account.institution_total,
        "residual": held.residual,
        "residual_explained_by": held.residual_explanation,
        "unvested_value": held.unvested_value,
        "as_of": clock.iso(held.as_of),
        "status": account.status,
        "is_paper": account.is_paper,
        "counted": is_counted,
    }
