"""An account whose rows are not what its institution says is known, explained where possible, and warned about once."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.api.portfolio_types import AccountTotal
from tidings.holdings import Account, Holding
from tidings.portfolio import accounts
from tidings.portfolio.accounts import DeduplicatedAccounts
from tidings.portfolio.residuals import explain_residual, is_notable


def deduplicate(held: Account, rows: list[Holding]) -> DeduplicatedAccounts:
    owned = [replace(row, account_id=held.account_id) for row in rows]
    return accounts.deduplicate([snapshot("plaid", "item", accounts=[held], holdings=owned, institution="Fidelity")])


def show_account(held: Account, rows: list[Holding]) -> AccountTotal:
    [shown] = accounts.account_totals(deduplicate(held, rows))
    return shown


def warn(held: Account, rows: list[Holding]) -> list[str]:
    return accounts.account_warnings(deduplicate(held, rows))


NAMED = replace(account("a", mask="1234", total="15000"), name="Individual")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([holding(value="14000.5")], Decimal("999.5")),
        ([holding(value=None)], None),
        ([replace(holding(value=None), type="derivative")], Decimal(15000)),
        ([holding(value="5480", currency="CAD"), holding(value="6000")], None),
        ([holding(value="15000", currency="CAD")], None),
        ([holding(value="0", currency="CAD"), holding(value="15000")], Decimal(0)),
        ([], Decimal(15000)),
    ],
)
def test_residual_is_total_minus_rows_in_its_currency(rows: list[Holding], expected: Decimal | None) -> None:
    assert show_account(NAMED, rows)["residual"] == expected


def test_residual_without_total_is_unknown() -> None:
    assert show_account(account("a"), [holding()])["residual"] is None


def test_total_without_currency_is_not_compared_with_dollars() -> None:
    nameless = account("a", total="100", currency=None)
    assert show_account(nameless, [holding()])["residual"] is None
    assert show_account(nameless, [holding(currency="XXX")])["residual"] == 0


def test_unvested_part_explains_residual() -> None:
    rows = [replace(holding(value="10000"), unvested_value=Decimal("5000.004"))]
    shown = show_account(NAMED, rows)
    assert (shown["residual"], shown["residual_explained_by"]) == (Decimal(5000), "unvested")
    assert shown["unvested_value"] == Decimal("5000.004")
    assert warn(NAMED, rows) == [
        "Individual ending in 1234 at Fidelity includes 5,000.00 USD that has not vested yet. It counts once it vests."
    ]


@pytest.mark.parametrize(("rows_value", "residual"), [("20000", Decimal(-5000)), ("10000", Decimal(5000))])
def test_margin_loan_explains_residual_in_either_direction(rows_value: str, residual: Decimal) -> None:
    margin = replace(NAMED, margin_loan=Decimal(5000))
    shown = show_account(margin, [holding(value=rows_value)])
    assert (shown["residual"], shown["residual_explained_by"]) == (residual, "margin_loan")
    [warning] = warn(margin, [holding(value=rows_value)])
    assert warning.endswith("The difference of 5,000.00 USD is its margin loan.")


def test_no_residual_has_no_explanation() -> None:
    explained = replace(NAMED, margin_loan=Decimal("0.01"))
    assert show_account(explained, [holding(value="15000")])["residual_explained_by"] is None


def test_residual_beside_unvested_part_is_not_explained_by_it() -> None:
    rows = [replace(holding(value="10000"), unvested_value=Decimal(3000))]
    assert show_account(NAMED, rows)["residual_explained_by"] is None
    [warning] = warn(NAMED, rows)
    assert warning == (
        "Your broker values Individual ending in 1234 at Fidelity at 15,000.00 USD, but its holdings add up to "
        "10,000.00 USD, a difference of 5,000.00 USD, of which 3,000.00 USD has not vested yet."
    )


@pytest.mark.parametrize(
    ("total", "value", "warned"),
    [("1000", "949.99", True), ("1000", "950", False), ("100", "89.99", True), ("100", "90", False), ("0", "11", True)],
)
def test_warning_begins_above_threshold(total: str, value: str, warned: bool) -> None:
    assert bool(warn(account("a", total=total), [holding(value=value)])) is warned


def amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("residual", "unvested", "loan", "explanation"),
    [
        (None, "5", "5", None),
        ("0.01", "0.01", "0.01", None),
        ("0.02", "0.02", None, "unvested"),
        ("5", "5.01", None, "unvested"),
        ("5", "4.99", None, "unvested"),
        ("5", "5.011", "5", "margin_loan"),
        ("5", "100", None, None),
        ("5", "1", None, None),
        ("-5", "5", None, None),
        ("5", "5", "5", "unvested"),
        ("5", None, "5.01", "margin_loan"),
        ("5", None, "-5", "margin_loan"),
        ("-5", None, "5", "margin_loan"),
        ("-5", None, "-5", "margin_loan"),
        ("5", None, "100", None),
        ("5", None, "1", None),
        ("5", None, None, None),
    ],
)
def test_residual_is_explained_to_the_cent(
    residual: str | None, unvested: str | None, loan: str | None, explanation: str | None
) -> None:
    assert explain_residual(amount(residual), amount(unvested), amount(loan)) == explanation


@pytest.mark.parametrize(
    ("residual", "total", "notable"),
    [
        ("10", "0", False),
        ("10.01", "0", True),
        ("-10.01", "100", True),
        ("50", "1000", False),
        ("50.01", "1000", True),
        ("-50", "-1000", False),
        ("-50.01", "-1000", True),
    ],
)
def test_residual_over_a_twentieth_and_ten_units_is_notable(residual: str, total: str, notable: bool) -> None:
    assert is_notable(Decimal(residual), Decimal(total)) is notable


def test_unknown_figure_warns_of_nothing() -> None:
    assert warn(NAMED, [holding(value=None)]) == warn(replace(NAMED, institution_total=None), [holding()]) == []


def test_dropped_rows_are_said_with_their_worth() -> None:
    rows = [holding(value="14990")]
    [warning] = warn(replace(NAMED, dropped_rows=1), rows)
    assert warning == (
        "Individual ending in 1234 at Fidelity has one holding that can't be shown. "
        "What is shown differs from its total by 10.00 USD."
    )
    [warning] = warn(replace(NAMED, dropped_rows=2, institution_total=None), rows)
    assert warning.endswith("has 2 holdings that can't be shown.")


def test_unreadable_account_has_one_warning() -> None:
    [warning] = warn(replace(NAMED, readable=False), [])
    assert "can't be read" in warning


@pytest.mark.parametrize("status", ["closed", "archived"])
def test_closed_account_warns_only_of_what_it_may_hold(status: str) -> None:
    closed = replace(NAMED, readable=False, status=status)
    assert warn(replace(closed, institution_total=Decimal(0)), []) == []
    [warning] = warn(closed, [])
    assert f"is {status}. Only its total is known" in warning


amounts = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, allow_infinity=False, places=4)


@given(st.lists(amounts, max_size=5), amounts, st.none() | amounts, st.integers(0, 2))
def test_rows_match_total_or_warning_says_so(
    values: list[Decimal], total: Decimal, loan: Decimal | None, dropped: int
) -> None:
    held = replace(account("a"), institution_total=total, margin_loan=loan, dropped_rows=dropped)
    rows = [holding(f"T{number}", value=str(value)) for number, value in enumerate(values)]
    shown = show_account(held, rows)
    apart = abs(total - sum(values, Decimal(0)))
    assert shown["residual"] is not None
    assert abs(shown["residual"]) == apart
    warnings = warn(held, rows)
    assert len(warnings) <= 1
    assert warnings or apart <= max(abs(total) * Decimal("0.05"), Decimal(10))
