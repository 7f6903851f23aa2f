"""A plan's row that stands for another account of the login is not counted again, and nothing else is left out."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.holdings import Account, Holding, Option, Snapshot
from tidings.portfolio import accounts, merge

PLAN = replace(account("plan", mask="1111", total="10500", kind="401k"), name="Savings Plan")
WINDOW = replace(account("window", mask="2222", total="10000"), name="BrokerageLink")
FUND = replace(holding(value="500", account_id="plan"), ticker=None, name="Large Cap Pool")
PLACEHOLDER = replace(
    holding(quantity="10000", value="10000", account_id="plan"),
    ticker=None,
    name="Brokerage Window",
    price=Decimal(1),
    type="mutual_fund",
)
HELD = holding("VTI", quantity="40", value="10000", account_id="window")


def empty(row: Holding) -> Holding:
    return replace(row, quantity=Decimal(0), value=Decimal(0))


def login(plan: Account = PLAN, window: Account = WINDOW, row: Holding = PLACEHOLDER) -> Snapshot:
    return snapshot("plaid", "item", accounts=[plan, window], holdings=[FUND, row, HELD], institution="Fidelity")


def total(*taken: Snapshot) -> Decimal:
    return merge.merge_holdings(accounts.deduplicate(taken), "USD")["total_portfolio_value"]


def test_placeholder_is_counted_once_with_warning() -> None:
    found = accounts.deduplicate([login()])
    merged = merge.merge_holdings(found, "USD")
    assert merged["total_portfolio_value"] == 10500
    assert {row["name"] for row in merged["holdings"]} == {"Large Cap Pool", "Vti"}
    [warning] = accounts.account_warnings(found)
    assert warning == (
        'Savings Plan ending in 1111 at Fidelity lists "Brokerage Window" with 10,000.00 USD, which is all that is in '
        "BrokerageLink ending in 2222 at Fidelity. It counts once, in that account."
    )
    assert {shown["residual"] for shown in merged["accounts"]} == {0}


def test_placeholder_is_left_out_if_another_source_counts_the_account() -> None:
    again = snapshot(
        "plaid",
        "newer",
        accounts=[replace(WINDOW, account_id="w")],
        holdings=[replace(HELD, account_id="w", source_id="newer")],
        institution="Fidelity",
    )
    assert total(login(), replace(again, fetch_began_at=again.fetch_began_at + 1)) == 10500


@pytest.mark.parametrize(
    "taken",
    [
        login(plan=replace(PLAN, type="ira")),
        login(plan=replace(PLAN, readable=False)),
        login(window=replace(WINDOW, institution_total=Decimal("10000.01"))),
        login(window=replace(WINDOW, currency="CAD")),
        login(window=replace(WINDOW, readable=False)),
        login(window=replace(WINDOW, is_paper=True)),
        login(row=replace(PLACEHOLDER, is_cash=True)),
        login(row=replace(PLACEHOLDER, price=Decimal(2), quantity=Decimal(5000))),
        login(row=replace(PLACEHOLDER, quantity=Decimal(5000))),
        login(row=replace(PLACEHOLDER, price=None)),
        login(row=replace(PLACEHOLDER, quantity=None, value=None)),
        login(row=replace(PLACEHOLDER, ticker="SPAXX")),
        login(row=replace(PLACEHOLDER, ticker="ABC")),
        login(row=replace(PLACEHOLDER, cusip="31617H102")),
        login(row=replace(PLACEHOLDER, option=Option("X", "call", Decimal(1), "2030-01-18", Decimal(1), Decimal(100)))),
        login(plan=replace(PLAN, institution_total=Decimal(10000)), window=replace(WINDOW, institution_total=None)),
        login(window=replace(WINDOW, institution_total=Decimal(0)), row=empty(PLACEHOLDER)),
        login(window=replace(WINDOW, institution_total=None), row=replace(empty(PLACEHOLDER), value=None)),
        login(row=replace(PLACEHOLDER, isin="US31617H1023")),
        login(row=replace(PLACEHOLDER, name="Government Money Market Fund")),
        login(row=replace(PLACEHOLDER, type="loan")),
    ],
)
def test_other_row_counts(taken: Snapshot) -> None:
    found = accounts.deduplicate([taken])
    assert found.placeholders == ()
    assert len(list(found.counted_holdings())) == sum(len(held.holdings) for held in found.kept)


def test_account_of_other_source_explains_nothing() -> None:
    plan = snapshot("plaid", "item", accounts=[PLAN], holdings=[FUND, PLACEHOLDER], institution="Fidelity")
    window = snapshot(
        "plaid", "other", accounts=[WINDOW], holdings=[replace(HELD, source_id="other")], institution="Fidelity"
    )
    assert total(plan, window) == 20500


@pytest.mark.parametrize("held", [[], [replace(HELD, value=None)], [HELD, replace(HELD, value=None)], [empty(HELD)]])
def test_account_without_known_worth_explains_nothing(held: list[Holding]) -> None:
    """Its money would be nowhere in the portfolio."""
    taken = replace(login(), holdings=(FUND, PLACEHOLDER, *held))
    assert accounts.deduplicate([taken]).placeholders == ()


@pytest.mark.parametrize("kind", ["closed_end_fund", "equity", "etf", "mutual_fund", "other"])
@pytest.mark.parametrize("ticker", [None, "AB", "ABCDEF", "FUND1"])
def test_row_of_any_kind_of_security_can_be_placeholder(kind: str, ticker: str | None) -> None:
    row = replace(PLACEHOLDER, type=kind, ticker=ticker, name=None)
    [found] = accounts.deduplicate([login(row=row)]).placeholders
    assert (found.holding, found.holder.account, found.account.account) == (row, PLAN, WINDOW)


def test_account_that_is_almost_empty_is_counted_once() -> None:
    half = Decimal("0.5")
    row, held = replace(PLACEHOLDER, quantity=half, value=half), replace(HELD, value=half)
    taken = replace(login(window=replace(WINDOW, institution_total=half), row=row), holdings=(row, held))
    assert total(taken) == half


ANONYMOUS = replace(PLACEHOLDER, name=None)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (PLACEHOLDER, replace(PLACEHOLDER, name="Window", value=Decimal("10000.0"))),
        (ANONYMOUS, replace(PLACEHOLDER, name="A")),
        (replace(PLACEHOLDER, name="Z"), replace(PLACEHOLDER, name="A", security_id="1")),
        (replace(PLACEHOLDER, name="Z", security_id="1"), replace(PLACEHOLDER, name="A", security_id="2")),
        (PLACEHOLDER, replace(PLACEHOLDER, value=Decimal("10000.0"))),
    ],
)
def test_first_of_two_rows_for_one_account_is_placeholder(first: Holding, second: Holding) -> None:
    for rows in ((first, second), (second, first)):
        [found] = accounts.deduplicate([replace(login(), holdings=(*rows, HELD))]).placeholders
        assert found.holding is first


def test_two_rows_stand_for_two_accounts_in_order() -> None:
    other = replace(WINDOW, account_id="window-2")
    held = (HELD, replace(HELD, account_id="window-2"))
    rows = (PLACEHOLDER, replace(PLACEHOLDER, name="Window"))
    for listed in ([PLAN, WINDOW, other], [other, WINDOW, PLAN]):
        found = accounts.deduplicate([replace(login(), accounts=tuple(listed), holdings=(*rows, *held))])
        pairs = [(one.holding.name, one.account.account.account_id) for one in found.placeholders]
        assert pairs == [("Brokerage Window", "window"), ("Window", "window-2")]


def test_first_of_equal_accounts_is_explained_though_another_source_counts_it() -> None:
    twin = replace(WINDOW, account_id="z", mask="3333")
    item = replace(login(), accounts=(PLAN, WINDOW, twin), holdings=(PLACEHOLDER, HELD, replace(HELD, account_id="z")))
    newer = snapshot(
        "plaid", "newer", accounts=[WINDOW], holdings=[replace(HELD, source_id="newer")], institution="Fidelity"
    )
    newer = replace(newer, fetch_began_at=item.fetch_began_at + 1)
    [found] = accounts.deduplicate([item, newer]).placeholders
    assert found.account.account_key == ("plaid", "item", "window")


def test_account_explains_one_row() -> None:
    second = replace(PLACEHOLDER, name="Stable Pool")
    assert total(replace(login(), holdings=(FUND, PLACEHOLDER, second, HELD))) == 20500
