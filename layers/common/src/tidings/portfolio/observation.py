"""Describe what a fetch observed, for the history: each account's values, and which accounts are the same one."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tidings.clock import utc_date
from tidings.decimals import sum_known
from tidings.holdings import Snapshot
from tidings.portfolio.account_groups import group_same_accounts
from tidings.portfolio.account_holdings import AccountHoldings, group_by_account
from tidings.portfolio.placeholders import find_placeholders
from tidings.store.observations import DayObservation, ObservedAccount, account_pseudonym


def observe(user_id: str, snapshot: Snapshot, linked_at: int | None, others: Iterable[Snapshot]) -> DayObservation:
    """Describe a snapshot. `others`: the user's other snapshots, which may show the same accounts.

    Whether an account is another source's too needs holdings as evidence, which the history does not keep.
    """
    mine = _real_accounts([snapshot])
    left_out = {id(placeholder.holding) for placeholder in find_placeholders(mine, [])}
    same = _same_accounts(user_id, [*mine, *_real_accounts(others)])
    return DayObservation(
        day=utc_date(snapshot.fetch_began_at),
        source=(snapshot.provider, snapshot.source_id),
        began_at=snapshot.fetch_began_at,
        linked_at=linked_at,
        accounts=tuple(_observed(user_id, held, left_out, same) for held in mine),
    )


def _real_accounts(snapshots: Iterable[Snapshot]) -> list[AccountHoldings]:
    return [held for one in snapshots for held in group_by_account(one) if not held.account.is_paper]


def _same_accounts(user_id: str, every: Sequence[AccountHoldings]) -> dict[str, tuple[str, ...]]:
    """Return the pseudonyms of each account's group, by its own."""
    groups = ([_pseudonym(user_id, held) for held in group] for group in group_same_accounts(every))
    return {key: tuple(sorted({*group} - {key})) for group in groups for key in group}


def _observed(
    user_id: str, held: AccountHoldings, left_out: set[int], same: dict[str, tuple[str, ...]]
) -> ObservedAccount:
    key = _pseudonym(user_id, held)
    values: dict[str, list[Decimal | None]] = {}
    for holding in held.holdings:
        if id(holding) not in left_out:
            values.setdefault(holding.currency, []).append(holding.value)
    sums = {currency: sum_known(values[currency]) for currency in sorted(values)}
    return ObservedAccount(key, sums, held.as_of, held.account.readable, same[key])


def _pseudonym(user_id: str, held: AccountHoldings) -> str:
    return account_pseudonym(user_id, held.source, held.account.account_id)
