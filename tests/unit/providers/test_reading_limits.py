"""How near a total must be to one sum of an account's rows, and how far from every other, to choose a reading."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.fakes.portfolios import holding
from tidings.holdings import Account, Holding
from tidings.providers import readings
from tidings.providers.bonds import read_bond
from tidings.providers.readings import Reading, Row, plain_row
from tidings.providers.sweeps import count_funds_once

ACCOUNT = Account("account", "Margin", "margin", "1234", None, "USD")


def shares(value: str) -> Row:
    return plain_row(holding("X", value=value))


def bond(value: str | None, **fields: object) -> Row:
    return read_bond(replace(holding("B", value=value), type="fixed_income", **fields), has_unit_cost=True)  # type: ignore[arg-type]


def cash_row(value: str | None, ticker: str = "CUR:USD", *, is_cash: bool = True) -> Row:
    return plain_row(replace(holding(ticker, value=value), is_cash=is_cash))


def fund(value: str) -> Row:
    return shares(value)._replace(is_fund=True)


def swept(cash: str, of_fund: str) -> list[Row]:
    """Cash beside a money-market fund: the account is worth `cash` if that includes the fund, or both together."""
    return count_funds_once([fund(of_fund), cash_row(cash)], included=True)


def decided(rows: Sequence[Row], total: str, loan: str | None = None) -> dict[str, str]:
    """Return what the total decided, by kind of row."""
    margin_loan = None if loan is None else Decimal(loan)
    account = replace(ACCOUNT, institution_total=Decimal(total), margin_loan=margin_loan)
    return dict(readings.choose_readings(account, rows, {}).account.readings or {})


PER_100 = {"bonds": "per_100"}


@pytest.mark.parametrize(("total", "expected"), [("52", PER_100), ("52.01", {}), ("50", PER_100), ("49.99", {})])
def test_small_total_may_differ_by_one_unit(total: str, expected: dict[str, str]) -> None:
    assert decided([shares("50"), bond("100")], total) == expected


@pytest.mark.parametrize(("total", "expected"), [("5000", PER_100), ("5000.01", {})])
def test_total_may_differ_by_half_a_percent(total: str, expected: dict[str, str]) -> None:
    assert decided([shares("4875"), bond("10000")], total) == expected


@pytest.mark.parametrize(("of_fund", "expected"), [("3", {"sweep": "beside_cash"}), ("2.99", {})])
def test_next_sum_is_three_tolerances_away(of_fund: str, expected: dict[str, str]) -> None:
    assert decided(swept("50", of_fund), str(50 + Decimal(of_fund))) == expected


def test_every_other_sum_is_three_tolerances_away() -> None:
    """The bond is clear, but whether the cash includes the fund is not."""
    assert decided([bond("98500"), *swept("2000", "1")], "2986") == {}


def test_negative_total_may_differ_by_half_a_percent() -> None:
    assert decided(swept("-4980", "1500"), "-5000") == {"sweep": "inside_cash"}
    assert decided(swept("-4970", "1500"), "-5000") == {}


@pytest.mark.parametrize(
    ("cash", "of_fund", "total", "expected"),
    [
        ("100", "900", "104", {"sweep": "inside_cash"}),
        ("100", "899", "104", {}),
        ("100", "900", "1040", {"sweep": "beside_cash"}),
        ("100", "899", "1040", {}),
        ("-1000", "900", "-1040", {"sweep": "inside_cash"}),
        ("-50", "150", "104", {"sweep": "beside_cash"}),
        ("0", "100", "104", {"sweep": "beside_cash"}),
    ],
    ids=["tenfold", "less", "a tenth", "more", "negative total", "other sign", "nothing"],
)
def test_total_of_older_prices_needs_sums_tenfold_apart(
    cash: str, of_fund: str, total: str, expected: dict[str, str]
) -> None:
    assert decided(swept(cash, of_fund), total) == expected


@pytest.mark.parametrize(("total", "expected"), [("1000", PER_100), ("999.99", {})])
def test_total_of_older_prices_differs_by_five_percent_at_most(total: str, expected: dict[str, str]) -> None:
    assert decided([bond("105000")], total) == expected


def test_every_other_sum_is_tenfold_apart() -> None:
    assert decided([bond("81000"), *swept("200", "190")], "1000") == {}


@pytest.mark.parametrize(("loan", "expected"), [("102600", PER_100), ("102601", {})])
def test_other_sum_is_ten_times_as_far_from_any_total(loan: str, expected: dict[str, str]) -> None:
    """With the loan, the total nearly fits the other reading as well."""
    assert decided([bond("104000")], "1000", loan) == expected


def test_every_other_sum_is_ten_times_as_far() -> None:
    assert decided([bond("100000"), *swept("40", "9360")], "1000", "99100") == {}


def test_account_without_kinds_of_rows_decides_nothing() -> None:
    assert decided([shares("100")], "100") == {}


def test_reading_that_counts_nothing_known_makes_total_incomparable() -> None:
    first, second = bond("98500").readings
    row = Row("bonds", (first, Reading(second.name, second.holding, None, second.detail)))
    assert decided([row], "98500") == {}


def test_first_reading_is_the_documented_one() -> None:
    documented = bond("98500").documented
    assert isinstance(documented, Holding)
    assert documented.value == Decimal(98500)


def test_derivative_without_value_counts_nothing() -> None:
    [reading] = plain_row(replace(holding(value=None), type="derivative")).readings
    assert reading.counted == 0


def test_rows_of_unlisted_account_are_kept() -> None:
    held, listed = readings.judge_accounts([], {"account": [shares("5"), bond("985")]}, {})
    assert [row.value for row in held] == [Decimal(5), Decimal(985)]
    assert listed == ()


def test_foreign_total_decides_nothing() -> None:
    account = replace(ACCOUNT, institution_total=Decimal(985))
    rows = {"account": [bond("98500")]}
    for own, expected in ((True, {"bonds": "per_100"}), (False, None)):
        _, [judged] = readings.judge_accounts([account], rows, {}, has_institutions_totals=own)
        assert judged.readings == expected


@pytest.mark.parametrize("value", [None, "0"])
def test_bond_without_value_has_one_reading(value: str | None) -> None:
    assert len(bond(value).readings) == 1


@pytest.mark.parametrize(("has_unit_cost", "cost"), [(True, Decimal("9.5")), (False, Decimal(950))])
def test_cost_of_bond_is_read_as_its_price_if_stated_per_unit(has_unit_cost: bool, cost: Decimal) -> None:
    held = replace(holding("B", value="98500"), type="fixed_income", cost_basis=Decimal(950))
    per_unit, per_100 = (one.holding for one in read_bond(held, has_unit_cost=has_unit_cost).readings)
    assert per_unit is not None
    assert per_100 is not None
    assert (per_unit.value, per_unit.cost_basis) == (Decimal(98500), Decimal(950))
    assert (per_100.value, per_100.cost_basis) == (Decimal(985), cost)


def kinds(rows: Sequence[Row]) -> list[str | None]:
    return [row.kind for row in rows]


@pytest.mark.parametrize("order", [1, -1])
def test_funds_are_settled_with_most_cash(order: int) -> None:
    cash = [cash_row("50"), cash_row("300"), cash_row(None)][::order]
    assert kinds(count_funds_once([fund("100"), *cash], included=True)) == [None, *[None, "sweep", None][::order]]


def test_only_cash_of_the_funds_currency_settles_them() -> None:
    others = [cash_row("300", "CUR:EUR"), cash_row("900", is_cash=False), cash_row("900", "X")]
    assert kinds(count_funds_once([fund("100"), *others], included=True)) == [None] * 4


@pytest.mark.parametrize(("of_fund", "kind"), [("0", None), ("0.50", "sweep"), ("-5", None)])
def test_funds_of_no_value_are_not_settled(of_fund: str, kind: str | None) -> None:
    assert kinds(count_funds_once([fund(of_fund), cash_row("50")], included=True)) == [None, kind]


def test_row_that_shows_nothing_is_no_fund_and_no_cash() -> None:
    nothing = Row("unvested", (Reading("without", None, None, ""),), is_fund=True)
    assert kinds(count_funds_once([nothing, cash_row("50")], included=True)) == ["unvested", None]
    assert kinds(count_funds_once([nothing, fund("10"), cash_row("50")], included=True)) == ["unvested", None, "sweep"]
