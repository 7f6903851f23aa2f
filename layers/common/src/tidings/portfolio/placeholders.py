"""Find rows that stand for another account, so that its money is not counted twice.

A retirement plan with a self-directed window lists the window as one position of price 1, worth all that the brokerage
account behind it holds, while the same login also lists that account.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tidings.decimals import ZERO, sum_if_all_known
from tidings.holdings import Holding
from tidings.portfolio.account_holdings import AccountHoldings
from tidings.portfolio.account_types import is_employer_plan

_TYPES = frozenset({"closed_end_fund", "equity", "etf", "mutual_fund", "other"})
_FUND_TICKER = re.compile(r"[A-Z]{3,5}")
_MONEY_MARKET = re.compile(
    r"money market|stable value|treasury|government|cash reserves?|\bmm\b|\bloan\b", re.IGNORECASE
)


class Placeholder(NamedTuple):
    """A row of `holder` that stands for `account`, which the same source lists."""

    holder: AccountHoldings
    holding: Holding
    account: AccountHoldings


def find_placeholders(kept: Sequence[AccountHoldings], repeated: Iterable[AccountHoldings]) -> tuple[Placeholder, ...]:
    """Find the placeholder rows of the accounts that count. An account explains one row at most.

    `repeated`: accounts that another source counts; their money is in the portfolio too.
    """
    shown = sorted([*kept, *repeated], key=lambda held: held.account_key)
    found: list[Placeholder] = []
    for holder in kept:
        for holding in _candidates(holder):
            taken = {placeholder.account.account_key for placeholder in found}
            account = next((other for other in shown if _stands_for(holder, holding, other, taken)), None)
            if account is not None:
                found.append(Placeholder(holder, holding, account))
    return tuple(found)


def _candidates(holder: AccountHoldings) -> list[Holding]:
    """List the rows that can be placeholders, in an order that does not depend on the provider's."""
    if not holder.account.readable or not is_employer_plan(holder.account.type):
        return []
    rows = [holding for holding in holder.holdings if _may_be_placeholder(holding)]
    return sorted(rows, key=lambda holding: (holding.security_id or "", holding.name or "", str(holding.value)))


def _may_be_placeholder(holding: Holding) -> bool:
    """Whether a row has price 1 and no identifier, and its name is not that of a money-market fund or a loan."""
    is_security = holding.type in _TYPES and not holding.is_cash and holding.option is None
    is_identified = holding.isin or holding.cusip or _FUND_TICKER.fullmatch(holding.ticker or "")
    has_unit_price = holding.price == 1 and holding.value is not None and holding.quantity == holding.value > 0
    return is_security and has_unit_price and not is_identified and not _MONEY_MARKET.search(holding.name or "")


def _stands_for(
    holder: AccountHoldings, holding: Holding, other: AccountHoldings, taken: set[tuple[str, str, str]]
) -> bool:
    """Whether the other account has exactly this total and rows of its own: without them the money would be lost."""
    is_other = (
        other.source == holder.source and other.account_key != holder.account_key and other.account_key not in taken
    )
    has_same_total = other.account.institution_total == holding.value and other.account.currency == holding.currency
    return is_other and has_same_total and other.account.readable and _has_worth(other.holdings)


def _has_worth(holdings: Iterable[Holding]) -> bool:
    worth = sum_if_all_known(holding.value for holding in holdings)
    return worth is not None and worth > ZERO
