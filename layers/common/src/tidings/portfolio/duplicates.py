"""Find another connection that shows all accounts of a new one: the same login, connected twice (docs/holdings.md)."""

from collections.abc import Iterable

from tidings.holdings import Snapshot
from tidings.model import DuplicateOf
from tidings.portfolio.account_groups import group_same_accounts
from tidings.portfolio.account_holdings import AccountHoldings, group_by_account


def find_duplicate(new: Snapshot, others: Iterable[Snapshot]) -> DuplicateOf | None:
    """Return the connection that shows every account of `new`, one to one; None if there is none.

    Of several, the one of whose own accounts the fewest are missing in `new`. All belong to one user: an account that
    two users share is none.
    """
    mine = list(group_by_account(new))
    candidates = [found for other in others if (found := _compare(mine, other)) is not None]
    return min(candidates, key=lambda found: (len(found.unmatched), found.provider, found.source_id), default=None)


def _compare(mine: list[AccountHoldings], other: Snapshot) -> DuplicateOf | None:
    if not mine:
        return None
    theirs = list(group_by_account(other))
    shared = {held.account_key for group in group_same_accounts([*mine, *theirs]) if len(group) > 1 for held in group}
    if any(held.account_key not in shared for held in mine):
        return None
    unmatched = tuple(_name(held) for held in theirs if held.account_key not in shared)
    return DuplicateOf(other.provider, other.source_id, unmatched)


def _name(held: AccountHoldings) -> str:
    return held.account.name or held.account.mask or held.account.account_id
