"""Split a grant: what is vested counts, the rest is shown beside it."""

from dataclasses import replace
from decimal import Decimal

from tidings import holdings
from tidings.decimals import difference, exact_quotient, product
from tidings.providers.readings import Reading, Row, plain_row

_WITHOUT = "Only the vested part counts, and the account's total leaves the rest out too."
_WITH = "Only the vested part counts, although the account's total includes the rest."


def split_grant(row: holdings.Holding, vested_quantity: Decimal | None, vested_value: Decimal | None) -> Row:
    """Count the vested part of a row that holds a whole grant. A part larger than the whole tells nothing."""
    quantity = _part(vested_quantity, row.quantity)
    value = _part(vested_value, row.value)
    if quantity is None and value is None:
        return plain_row(row)
    if quantity is None:
        quantity = _quantity(row, value)
    if value is None:
        value = row.value if quantity == row.quantity else product(quantity, row.price)
    if quantity == row.quantity and value == row.value:
        return plain_row(row)
    vested = replace(
        row,
        quantity=quantity,
        value=value,
        cost_basis=None,  # the whole grant's
        unvested_quantity=_rest(row.quantity, quantity),
        unvested_value=_rest(row.value, value),
    )
    return Row(
        "unvested",
        (
            Reading("without_unvested", vested, value, _WITHOUT),
            Reading("with_unvested", vested, row.value, _WITH),
        ),
    )


def _part(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return part if part is not None and whole is not None and 0 <= part <= whole else None


def _quantity(row: holdings.Holding, value: Decimal | None) -> Decimal | None:
    """Return the quantity of a vested value, if the price gives it exactly."""
    if value is None or row.price is None or product(row.quantity, row.price) != row.value:
        return None
    return exact_quotient(value, row.price)


def _rest(whole: Decimal | None, part: Decimal | None) -> Decimal | None:
    return None if whole is None or part is None else difference(whole, part)
