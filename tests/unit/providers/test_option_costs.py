"""Costs of options are per share, unless a connection's prices show that they are per contract."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.fakes.portfolios import holding
from tidings.model import Holding, Option
from tidings.providers.snaptrade.option_costs import judge_option_costs

OPTION = Option("XYZ", "put", Decimal(30), "2027-02-19", Decimal(1), Decimal(100), "XYZ")


def option(price: str, cost: str | None, contracts: int = 1) -> Holding:
    """`cost` as the broker states it: per share, as documented, or per contract."""
    quantity = Decimal(contracts * 100)
    row = holding("XYZ", quantity=str(quantity), value=str(quantity * Decimal(price)))
    cost_basis = None if cost is None else quantity * Decimal(cost)
    return replace(row, type="option", price=Decimal(price), cost_basis=cost_basis, option=OPTION)


def costs(*rows: Holding) -> list[Decimal | None]:
    return [row.cost_basis for row in judge_option_costs(rows)]


@pytest.mark.parametrize("cost", ["1.5", "9", "0.1"])
def test_plausible_cost_per_share_is_kept(cost: str) -> None:
    assert costs(option("0.90", cost)) == [100 * Decimal(cost)]


@pytest.mark.parametrize("contracts", [1, -2])
def test_implausible_cost_is_unknown_and_said(contracts: int) -> None:
    [row] = judge_option_costs([option("0.90", "45", contracts)])
    assert row.cost_basis is None
    assert row.valuation is not None
    assert (row.valuation.reading, row.valuation.by) == ("cost_unknown", "convention")


def test_two_options_are_too_few_for_the_other_reading() -> None:
    assert costs(option("0.90", "45"), option("2", "210")) == [None, None]


def test_three_options_that_agree_are_read_per_contract() -> None:
    rows = judge_option_costs([option("0.90", "45", -2), option("2", "210"), option("5", "480", 3)])
    assert [row.cost_basis for row in rows] == [Decimal(-90), Decimal(210), Decimal(1440)]
    assert {row.valuation.reading for row in rows if row.valuation} == {"cost_per_contract"}


def test_median_must_agree_too() -> None:
    plausible = [option("3", "2.5")] * 4
    assert costs(*plausible, *[option("1", "95")] * 3) == [Decimal(250)] * 4 + [None] * 3


def test_option_that_fits_neither_reading_stays_as_documented() -> None:
    assert costs(option("0.01", "8")) == [None], "8 per share is 800 times the price; 0.08 is 8 times it"
    assert costs(option("20", "0.5")) == [Decimal(50)], "a cost per contract would be further away"


@pytest.mark.parametrize("row", [option("0.9", None), option("0", "3"), holding(value="10")])
def test_cost_without_comparison_is_kept(row: Holding) -> None:
    assert costs(row) == [row.cost_basis]
