"""What counts of a row that holds a whole grant, of which a part is vested."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.fakes.portfolios import holding
from tests.unit.providers.plaid_answers import ACCOUNT, HOLDING
from tidings.holdings import Holding
from tidings.providers.plaid.vesting import split_grant


def known(number: str | None) -> Decimal | None:
    return None if number is None else Decimal(number)


def grant(quantity: str | None = "100", price: str | None = "2", value: str | None = "200") -> Holding:
    return replace(
        holding("RSU"), quantity=known(quantity), price=known(price), value=known(value), cost_basis=Decimal(7)
    )


Shown = tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None]


def split(row: Holding, quantity: str | None, value: str | None) -> Shown | None:
    """Return quantity, value and what is unvested of both; None if the row stays whole."""
    read = split_grant(row, known(quantity), known(value))
    if read.kind is None:
        assert read.documented == row
        return None
    assert read.kind == "unvested"
    without, including = read.readings
    assert (without.name, including.name) == ("without_unvested", "with_unvested")
    assert without.holding == including.holding
    shown = without.holding
    assert shown is not None
    assert (without.counted, including.counted) == (shown.value, row.value)
    assert shown.cost_basis is None, "the whole grant's"
    return shown.quantity, shown.value, shown.unvested_quantity, shown.unvested_value


def numbers(*written: str | None) -> tuple[Decimal | None, ...]:
    return tuple(map(known, written))


@pytest.mark.parametrize(
    ("quantity", "value", "expected"),
    [
        ("40", "80", ("40", "80", "60", "120")),
        ("40", None, ("40", "80", "60", "120")),
        (None, "80", ("40", "80", "60", "120")),
        ("0", None, ("0", "0", "100", "200")),
        (None, "0", ("0", "0", "100", "200")),
        ("100", "80", ("100", "80", "0", "120")),
        ("40", "200", ("40", "200", "60", "0")),
        ("40", "201", ("40", "80", "60", "120")),
        ("101", "80", ("40", "80", "60", "120")),
    ],
)
def test_vested_part_counts(quantity: str | None, value: str | None, expected: tuple[str, ...]) -> None:
    assert split(grant(), quantity, value) == numbers(*expected)


@pytest.mark.parametrize(
    ("quantity", "value"),
    [(None, None), ("100", "200"), ("100", None), (None, "200"), ("101", None), (None, "201"), ("-1", None)],
)
def test_grant_without_unvested_part_stays_whole(quantity: str | None, value: str | None) -> None:
    assert split(grant(), quantity, value) is None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (grant(price=None), (None, "80", None, "120")),
        (grant(price="3"), (None, "80", None, "120")),
        (grant(quantity=None), (None, "80", None, "120")),
    ],
    ids=["no price", "price of another day", "no quantity"],
)
def test_quantity_that_price_does_not_give_is_unknown(row: Holding, expected: tuple[str | None, ...]) -> None:
    assert split(row, None, "80") == numbers(*expected)


def test_whole_quantity_of_other_price_keeps_value() -> None:
    assert split(grant(price="3"), "100", None) is None
    assert split(grant(price="3"), "40", None) == numbers("40", "120", "60", "80")


def test_part_of_unknown_whole_tells_nothing() -> None:
    assert split(grant(quantity=None, value=None), "40", "80") is None
    assert split(grant(price=None, value=None), "40", None) == numbers("40", None, "60", None)
    assert split(grant(value=None), "40", None) == numbers("40", "80", "60", None)


@pytest.mark.parametrize(
    ("vested", "quantity", "value", "unvested_quantity", "unvested_value"),
    [
        ({"vested_quantity": 40, "vested_value": 4000}, 40, 4000, 60, 6000),
        ({"vested_quantity": 40}, 40, 4000, 60, 6000),
        ({"vested_value": 4000}, 40, 4000, 60, 6000),
        ({"vested_quantity": 0}, 0, 0, 100, 10000),
        ({"vested_quantity": 100, "vested_value": 10000}, 100, 10000, None, None),
        ({"vested_quantity": 140, "vested_value": 14000}, 100, 10000, None, None),
        ({"vested_quantity": "many"}, 100, 10000, None, None),
        ({}, 100, 10000, None, None),
    ],
    ids=["both", "quantity", "value", "nothing vested", "all vested", "more than all", "unreadable", "no grant"],
)
def test_only_the_vested_part_counts(
    one: Any,  # noqa: ANN401
    vested: dict[str, object],
    quantity: int,
    value: int,
    unvested_quantity: int | None,
    unvested_value: int | None,
) -> None:
    row = one({"quantity": 100, "institution_price": 100, "institution_value": 10000, "cost_basis": 10} | vested)
    assert (row.quantity, row.value) == (quantity, value)
    assert (row.unvested_quantity, row.unvested_value) == (unvested_quantity, unvested_value)
    assert row.cost_basis == (10 if unvested_quantity is None else None), "the cost is the whole grant's"


@pytest.mark.parametrize(("total", "reading"), [(4000, "without_unvested"), (10000, "with_unvested")])
def test_total_tells_whether_it_includes_the_unvested_part(plaid: Any, total: int, reading: str) -> None:  # noqa: ANN401
    grant = {"quantity": 100, "institution_price": 100, "institution_value": 10000, "vested_quantity": 40}
    stated = ACCOUNT | {"balances": {"current": total, "iso_currency_code": "USD"}}
    (row,) = plaid.fetch(accounts=[stated], holdings=[HOLDING | grant]).holdings
    assert (row.value, row.valuation.reading, row.valuation.by) == (Decimal(4000), reading, "total")
