"""Costs of options are per share, unless a connection's prices show that they are per contract."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.fakes.portfolios import holding
from tidings.holdings import Holding, Option, Valuation
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


def with_multiplier(row: Holding, multiplier: str | None) -> Holding:
    return replace(row, option=replace(OPTION, multiplier=None if multiplier is None else Decimal(multiplier)))


@pytest.mark.parametrize("multiplier", [None, "0", "1"])
def test_option_without_multiplier_has_nothing_to_compare(multiplier: str | None) -> None:
    row = with_multiplier(option("0.90", "45"), multiplier)
    assert judge_option_costs([row]) == (row,)


def test_smallest_multiplier_is_compared() -> None:
    assert costs(with_multiplier(option("1", "1.5"), "2")) == [Decimal(150)]
    assert costs(with_multiplier(option("1", "20"), "2")) == [None]


@pytest.mark.parametrize(
    ("cost", "kept"), [("10", True), ("10.01", False), ("0.1", True), ("0.09", True), ("999", False), ("1000", False)]
)
def test_cost_over_tenfold_is_not_believed_if_other_reading_is_nearer(cost: str, kept: bool) -> None:
    assert (costs(option("1", cost)) == [100 * Decimal(cost)]) is kept


def test_readings_equally_far_from_price_decide_nothing() -> None:
    """A cost of 20 is 20 times the price; per contract of 400 it would be a twentieth."""
    assert costs(with_multiplier(option("1", "20"), "400")) == [Decimal(2000)]
    assert costs(with_multiplier(option("1", "20"), "399")) == [None]


def test_cost_that_is_no_cost_per_contract_is_unknown_beside_such() -> None:
    rows = judge_option_costs([option("0.90", "45"), option("2", "210"), option("5", "480"), option("4", "0.3")])
    assert [row.cost_basis for row in rows] == [Decimal(45), Decimal(210), Decimal(480), None]
    assert rows[-1].valuation is not None
    assert rows[-1].valuation.reading == "cost_unknown"


def test_note_on_cost_is_added_to_earlier_one() -> None:
    before = Valuation("contracts", "total", "Decided.")
    [row] = judge_option_costs([replace(option("0.90", "45"), valuation=before)])
    assert row.valuation is not None
    assert (row.valuation.reading, row.valuation.by) == ("contracts", "total")
    assert row.valuation.detail.startswith("Decided. The broker's cost")
    assert row.cost_basis is None


@pytest.mark.parametrize(("cost", "kept"), [("10", True), ("10.01", False)])
def test_cost_of_tenfold_price_is_believed(cost: str, kept: bool) -> None:
    """The other reading is half of it, and nearer to the price."""
    assert (costs(with_multiplier(option("1", cost), "2")) == [100 * Decimal(cost)]) is kept


def test_option_without_multiplier_stays_beside_costs_per_contract() -> None:
    other = with_multiplier(option("4", "0.5"), "1")
    rows = judge_option_costs([option("0.90", "45"), option("2", "210"), option("5", "480"), other])
    assert rows[-1] == other
