"""Compare an account's stated total with its rows. The difference is published, never filled with a row."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from tidings.decimals import ZERO, add_product, difference, sum_if_all_known
from tidings.holdings import Account, Holding
from tidings.model import NO_CURRENCY

Explanation = Literal["unvested", "margin_loan"]

_CENT = Decimal("0.01")
"""Institutions round their totals to cents. A wider tolerance would explain a residual by chance."""
_NOTABLE_SHARE = Decimal("0.05")
_NOTABLE_AMOUNT = Decimal(10)


def residual(account: Account, holdings: Sequence[Holding]) -> Decimal | None:
    """Return the stated total minus the rows, or None if a figure is unknown or in another currency.

    A future or contract for difference without a value counts 0: its profits are settled in cash.
    """
    if account.institution_total is None:
        return None
    counted = [holding for holding in holdings if not _counts_zero(holding)]
    if any(holding.currency != (account.currency or NO_CURRENCY) for holding in counted):
        return None
    rows = sum_if_all_known(holding.value for holding in counted)
    return None if rows is None else difference(account.institution_total, rows)


def _counts_zero(holding: Holding) -> bool:
    """Whether the row adds 0 in any currency."""
    return holding.is_settled_in_cash or holding.value == 0


def explain_residual(
    difference_to_rows: Decimal | None, unvested: Decimal | None, margin_loan: Decimal | None
) -> Explanation | None:
    """Name what the residual equals, to the cent.

    A margin loan can be missing in the rows or in the total, so its sign does not matter.
    """
    if difference_to_rows is None or abs(difference_to_rows) <= _CENT:
        return None
    if _is_about(difference_to_rows, unvested):
        return "unvested"
    if margin_loan is not None and _is_about(abs(difference_to_rows), abs(margin_loan)):
        return "margin_loan"
    return None


def _is_about(amount: Decimal, expected: Decimal | None) -> bool:
    return expected is not None and abs(difference(amount, expected)) <= _CENT


def is_notable(difference_to_rows: Decimal, institution_total: Decimal) -> bool:
    """Whether the residual is worth a warning: over 5 % of the total and over 10 units of its currency."""
    share = add_product(ZERO, abs(institution_total), _NOTABLE_SHARE)
    return abs(difference_to_rows) > max(share, _NOTABLE_AMOUNT)
