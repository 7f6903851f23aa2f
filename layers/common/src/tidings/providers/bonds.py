"""Read a bond's price: for one unit, or for 100 of the face value that the quantity counts."""

from dataclasses import replace

from tidings.currencies import HUNDREDTH
from tidings.decimals import product
from tidings.holdings import Holding
from tidings.providers.readings import Reading, Row, plain_row

_PER_UNIT = "The price is for one unit."
_PER_100 = "The price is for 100 of face value."


def read_bond(row: Holding, *, has_unit_cost: bool) -> Row:
    """Return the row of a bond whose value is quantity times price. The providers document a price per unit.

    `has_unit_cost`: whether the cost was computed from a cost per unit, which is then read as the price is.
    """
    if not row.value:
        return plain_row(row)
    hundredth = product(row.value, HUNDREDTH)
    cost = product(row.cost_basis, HUNDREDTH) if has_unit_cost else row.cost_basis
    per_100 = replace(row, value=hundredth, cost_basis=cost)
    return Row(
        "bonds",
        (Reading("per_unit", row, row.value, _PER_UNIT), Reading("per_100", per_100, hundredth, _PER_100)),
    )
