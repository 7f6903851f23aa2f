"""Count the money-market funds into which an account's cash is swept once, beside the cash or inside it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from tidings.decimals import difference, sum_known
from tidings.providers.readings import Reading, Row

_INSIDE = "The cash that the broker states includes the money-market fund, which is subtracted."
_BESIDE = "The cash that the broker states does not include the money-market fund."


def count_funds_once(rows: Sequence[Row], *, included: bool) -> list[Row]:
    """Give the cash of each currency its two readings, if the account has money-market funds in that currency.

    `included`: whether the provider documents that its cash includes the funds.
    """
    funds: dict[str, list[Decimal | None]] = {}
    for row in rows:
        if row.is_fund and row.documented is not None:
            funds.setdefault(row.documented.currency, []).append(row.documented.value)
    settled = list(rows)
    for currency, values in funds.items():
        index = _cash_index(rows, currency)
        if index is not None:
            settled[index] = _with_funds(settled[index], sum_known(values), included=included)
    return settled


def _cash_index(rows: Sequence[Row], currency: str) -> int | None:
    """Find the row with the most cash of the currency: funds are subtracted once."""
    amounts = {
        index: row.documented.value
        for index, row in enumerate(rows)
        if row.documented is not None and row.documented.ticker == f"CUR:{currency}" and row.documented.is_cash
    }
    known = {index: amount for index, amount in amounts.items() if amount is not None}
    return max(known, key=lambda index: known[index], default=None)


def _with_funds(row: Row, funds: Decimal, *, included: bool) -> Row:
    """Cash that is less than the funds cannot include them: it may be 0, or a margin debit."""
    cash = row.documented
    if cash is None or cash.value is None or funds <= 0:
        return row
    rest = difference(cash.value, funds)
    without = replace(cash, quantity=rest, value=rest) if rest else None
    inside = Reading("inside_cash", without, rest, _INSIDE)
    beside = Reading("beside_cash", cash if cash.value else None, cash.value, _BESIDE)
    return Row("sweep", (inside, beside) if included and rest >= 0 else (beside, inside))
