"""Decide whether two sources show the same real account. docs/holdings.md (Accounts seen twice) has the rules.

A wrong "same" hides money, a wrong "different" counts it twice. So every known contradiction decides against, and what
would be a guess needs equal holdings as evidence.
"""

import re
from enum import IntEnum

from tidings.holdings import Account
from tidings.portfolio.account_holdings import AccountHoldings
from tidings.portfolio.account_types import compare_account_types
from tidings.portfolio.holdings_evidence import count_matches, has_nothing_in_common
from tidings.portfolio.institutions import is_same_institution

_DIGITS_ENOUGH = 4
_DIGITS_AT_LEAST = 3
_INSTRUMENTS_WITHOUT_DIGITS = 2
_COMPARABLE_MS = 3 * 24 * 60 * 60 * 1000
"""An account is not traded completely within a weekend. Beyond it, other holdings contradict nothing."""
_NOT_IN_MASK = re.compile(r"[^0-9a-z]")


class Evidence(IntEnum):
    """How surely two accounts are one. Stronger evidence is greater."""

    CONTRADICTED = -1
    NONE = 0
    HOLDINGS = 1
    DIGITS = 2
    ACCOUNT_ID = 3


def compare_accounts(left: AccountHoldings, right: AccountHoldings) -> Evidence:
    """Compare two accounts of different sources."""
    if _is_contradicted(left, right):
        return Evidence.CONTRADICTED
    if _has_same_id(left.account, right.account):
        return Evidence.ACCOUNT_ID
    if _have_other_holdings(left, right):
        return Evidence.CONTRADICTED
    digits = _count_shared_digits(left.account, right.account)
    if digits >= _DIGITS_ENOUGH and _is_described_alike(left.account, right.account):
        return Evidence.DIGITS
    needed = 1 if digits >= _DIGITS_AT_LEAST else _INSTRUMENTS_WITHOUT_DIGITS
    return Evidence.HOLDINGS if count_matches(left.positions, right.positions) >= needed else Evidence.NONE


def _is_contradicted(left: AccountHoldings, right: AccountHoldings) -> bool:
    one, other = left.account, right.account
    return (
        left.source == right.source
        or not is_same_institution(left.institution, right.institution)
        or (one.currency is not None and other.currency is not None and one.currency != other.currency)
        or compare_account_types(one.type, other.type) == "different"
        or _has_other_id(left, right)
        or _has_other_digits(one, other)
    )


def _has_same_id(left: Account, right: Account) -> bool:
    return left.institution_account_id is not None and left.institution_account_id == right.institution_account_id


def _has_other_id(left: AccountHoldings, right: AccountHoldings) -> bool:
    """Whether the ids differ. Each provider takes its ids from another place."""
    ids = (left.account.institution_account_id, right.account.institution_account_id)
    return left.snapshot.provider == right.snapshot.provider and None not in ids and ids[0] != ids[1]


def _has_other_digits(left: Account, right: Account) -> bool:
    one, other = _digits(left), _digits(right)
    return not (one.endswith(other) or other.endswith(one))


def _count_shared_digits(left: Account, right: Account) -> int:
    """Count the last digits that both show. Providers show a different number of them."""
    return min(len(_digits(left)), len(_digits(right)))


def _digits(account: Account) -> str:
    """Return the last digits and letters of the account's number. A number that is all hidden has none."""
    shown = _NOT_IN_MASK.sub("", (account.mask or "").lower())
    return shown if shown.strip("x") else ""


def _is_described_alike(left: Account, right: Account) -> bool:
    """Whether type and currency are known and the same."""
    return compare_account_types(left.type, right.type) == "same" and left.currency == right.currency is not None


def _have_other_holdings(left: AccountHoldings, right: AccountHoldings) -> bool:
    """Whether both accounts were read at about the same time, and hold nothing in common."""
    are_readable = left.account.readable and right.account.readable
    are_comparable = are_readable and abs(left.as_of - right.as_of) <= _COMPARABLE_MS
    return are_comparable and has_nothing_in_common(left.positions, right.positions)
