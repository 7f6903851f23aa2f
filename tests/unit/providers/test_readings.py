"""The account's total chooses between readings of its rows, and only where it clearly can."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import portfolios
from tidings.holdings import Account, Holding
from tidings.providers import readings
from tidings.providers.bonds import read_bond
from tidings.providers.readings import Judged, Row, plain_row
from tidings.providers.sweeps import count_funds_once

ACCOUNT = Account("acc-1", "Margin", "margin", "1234", None, "USD")
AMOUNTS = st.decimals(min_value=1, max_value=10**7, places=2)


def holding(kind: str, value: str | Decimal | None, **fields: Any) -> Holding:  # noqa: ANN401
    row = portfolios.holding("X", value=None if value is None else str(value), account_id=ACCOUNT.account_id)
    return replace(row, **{"type": kind, "quantity": row.value, **fields})


def shares(value: str | Decimal | None, **fields: Any) -> Row:  # noqa: ANN401
    return plain_row(holding("equity", value, **fields))


def bond(value: str | Decimal) -> Row:
    return read_bond(holding("fixed_income", value), has_unit_cost=True)


def swept(cash: str, fund: str, *, included: bool = True) -> list[Row]:
    cash_row = plain_row(holding("cash", cash, ticker="CUR:USD", is_cash=True))
    return count_funds_once([shares(fund)._replace(is_fund=True), cash_row], included=included)


def judged(rows: Sequence[Row], total: str | None, stored: Mapping[str, str] | None = None, **account: Any) -> Judged:  # noqa: ANN401
    stated = replace(ACCOUNT, institution_total=None if total is None else Decimal(total), **account)
    return readings.choose_readings(stated, rows, stored or {})


def read(result: Judged) -> list[tuple[str, str]]:
    return [(row.valuation.reading, row.valuation.by) for row in result.holdings if row.valuation]


def test_total_confirms_price_per_100() -> None:
    result = judged([shares("500"), bond("98500")], "1485")
    assert read(result) == [("per_100", "total")]
    assert [row.value for row in result.holdings] == [Decimal(500), Decimal(985)]
    assert result.account.readings == {"bonds": "per_100"}
    assert "confirms" in next(row.valuation.detail for row in result.holdings if row.valuation)


def test_total_confirms_price_per_unit() -> None:
    assert read(judged([shares("500"), bond("985")], "1485.40")) == [("per_unit", "total")]


def test_all_bonds_of_an_account_are_read_alike() -> None:
    result = judged([bond("98500"), bond("101000")], "1995")
    assert read(result) == [("per_100", "total")] * 2


@pytest.mark.parametrize(
    ("total", "reading"), [("2350.25", "inside_cash"), ("3850.25", "beside_cash")], ids=["inside", "beside"]
)
@pytest.mark.parametrize("included", [True, False])
def test_total_tells_where_the_sweep_is(total: str, reading: str, included: bool) -> None:
    result = judged(swept("2350.25", "1500", included=included), total)
    assert read(result) == [(reading, "total")]
    assert sum(row.value or 0 for row in result.holdings) == Decimal(total)


def test_sweep_without_total_follows_the_documentation() -> None:
    assert read(judged(swept("2350.25", "1500", included=True), None)) == [("inside_cash", "convention")]
    assert read(judged(swept("2350.25", "1500", included=False), None)) == [("beside_cash", "convention")]


@pytest.mark.parametrize("cash", ["-4000", "1499.99"])
def test_cash_below_the_fund_does_not_include_it(cash: str) -> None:
    """So no debt is invented, and a margin debit stays what the broker states."""
    result = judged(swept(cash, "1500"), None)
    assert read(result) == [("beside_cash", "convention")]
    assert result.holdings[-1].value == Decimal(cash)


def test_margin_debit_beside_a_sweep_can_include_the_fund() -> None:
    result = judged(swept("-4000", "1500"), "-4000")
    assert result.holdings[-1].value == Decimal(-5500)


@pytest.mark.parametrize("cash", ["1500", "0"])
def test_cash_of_nothing_has_no_row(cash: str) -> None:
    assert [row.ticker for row in judged(swept(cash, "1500"), None).holdings] == ["X"]


def test_funds_are_subtracted_once_per_currency() -> None:
    euro = {"ticker": "CUR:EUR", "currency": "EUR", "is_cash": True}
    rows = [
        *[shares("100")._replace(is_fund=True)] * 2,
        plain_row(holding("cash", "50", ticker="CUR:USD", is_cash=True)),
        plain_row(holding("cash", "300", ticker="CUR:USD", is_cash=True)),
        plain_row(holding("cash", "900", **euro)),
    ]
    kept = judged(count_funds_once(rows, included=True), None).holdings
    assert [row.value for row in kept if row.is_cash] == [Decimal(50), Decimal(100), Decimal(900)]


@pytest.mark.parametrize("total", [None, "0", "2500", "1490.01", "1600"])
def test_total_that_fits_no_reading_leaves_the_documented_one(total: str | None) -> None:
    """Unknown, 0, of older prices, or of an account that the provider lists in part."""
    result = judged([shares("500"), bond("985")], total if total != "1490.01" else "1600.5")
    assert read(result) == [("per_unit", "convention")]
    assert result.account.readings is None


def test_sweep_that_is_lost_in_the_prices_drift_stays_documented() -> None:
    rows = [shares("100000"), *swept("500", "500")]
    assert read(judged(rows, "100700")) == []
    assert [row.value for row in judged(rows, "100700").holdings] == [Decimal(100000), Decimal(500)]
    assert read(judged([shares("100000"), *swept("700", "500")], "100900")) == [("inside_cash", "convention")]


def test_other_reading_of_a_small_row_does_not_explain_a_large_residual() -> None:
    rows = [shares("15216.70"), bond("110")]
    assert read(judged(rows, "24580.06")) == [("per_unit", "convention")]


def test_total_of_older_prices_still_tells_readings_tenfold_apart() -> None:
    assert read(judged([bond("100000")], "960")) == [("per_100", "total")]
    assert read(judged([bond("100000")], "940")) == [("per_unit", "convention")], "over 5 % away"
    assert read(judged([shares("500"), bond("1000")], "1460")) == [("per_unit", "convention")], "not tenfold apart"


def test_stored_reading_outlasts_a_fetch_without_winner() -> None:
    stored = {"bonds": "per_100"}
    result = judged([shares("500"), bond("98500")], None, stored)
    assert read(result) == [("per_100", "stored")]
    assert result.account.readings == stored


def test_stored_reading_changes_only_by_a_win() -> None:
    result = judged([shares("500"), bond("985")], "1485", {"bonds": "per_100"})
    assert read(result) == [("per_unit", "total")]
    assert result.account.readings == {"bonds": "per_unit"}


def test_stored_reading_is_kept_while_no_row_needs_it() -> None:
    assert judged([shares("500")], "500", {"bonds": "per_100"}).account.readings == {"bonds": "per_100"}


def test_unknown_stored_reading_counts_for_nothing() -> None:
    assert read(judged([bond("985")], None, {"bonds": "of a later version"})) == [("per_unit", "convention")]


@pytest.mark.parametrize(
    ("extra", "account"),
    [
        ([shares("10", currency="CAD")], {}),
        ([shares(None)], {}),
        ([], {"dropped_rows": 1}),
        ([], {"readable": False}),
        ([], {"currency": "CAD"}),
    ],
    ids=["two currencies", "a row without value", "a row is missing", "unreadable", "another currency"],
)
def test_incomparable_total_decides_nothing(extra: list[Row], account: dict[str, Any]) -> None:
    assert read(judged([bond("98500"), *extra], "985", **account)) == [("per_unit", "convention")]


def test_derivative_without_value_adds_nothing() -> None:
    assert read(judged([bond("98500"), plain_row(holding("derivative", None))], "985")) == [("per_100", "total")]


@pytest.mark.parametrize("total", ["985", "3985", "-2015"])
def test_gross_or_net_of_the_margin_loan_may_match(total: str) -> None:
    assert read(judged([bond("98500")], total, margin_loan=Decimal(3000))) == [("per_100", "total")]


def test_several_kinds_are_chosen_together() -> None:
    rows = [bond("98500"), *swept("2000", "1500")]
    assert dict(read(judged(rows, "4485"))) == {"per_100": "total", "beside_cash": "total"}
    assert dict(read(judged(rows, "2985"))) == {"per_100": "total", "inside_cash": "total"}


def test_readings_within_the_tolerance_of_each_other_decide_nothing() -> None:
    assert read(judged([bond("1")], "1")) == [("per_unit", "convention")]


@given(st.lists(AMOUNTS, max_size=4), st.lists(AMOUNTS, min_size=1, max_size=4), st.booleans())
def test_winner_matches_the_total_and_changes_nothing_else(
    values: list[Decimal], bonds: list[Decimal], per_100: bool
) -> None:
    """No row is dropped or invented, no quantity changed, whatever the total says."""
    rows = [*map(shares, values), *map(bond, bonds)]
    factor = Decimal("0.01") if per_100 else Decimal(1)
    total = sum(values, Decimal(0)) + sum(bonds, Decimal(0)) * factor
    result = judged(rows, str(total))
    assert [row.quantity for row in result.holdings] == [*values, *bonds]
    by = {row.valuation.by for row in result.holdings if row.valuation}
    assert by in ({"total"}, {"convention"})
    if by == {"total"}:
        difference = sum((row.value or Decimal(0) for row in result.holdings), -total)
        assert abs(difference) <= max(Decimal(1), total / 200)


@given(st.lists(AMOUNTS, max_size=3), AMOUNTS, AMOUNTS, st.randoms())
def test_order_of_rows_never_matters(values: list[Decimal], face: Decimal, total: Decimal, random: Any) -> None:  # noqa: ANN401
    rows = [*map(shares, values), bond(face)]
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert sorted(read(judged(rows, str(total)))) == sorted(read(judged(shuffled, str(total))))
