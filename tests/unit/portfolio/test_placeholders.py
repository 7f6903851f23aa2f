"""A plan's row that stands for another account of the login is not counted again, and nothing else is left out."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.holdings import Account, Holding, Snapshot
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
        login(row=replace(PLACEHOLDER, ticker="SPAXX")),
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


def test_account_without_rows_explains_nothing() -> None:
    """Its money would be nowhere in the portfolio."""
    assert total(replace(login(), holdings=(FUND, PLACEHOLDER))) == 10500


def test_account_explains_one_row() -> None:
    second = replace(PLACEHOLDER, name="Stable Pool")
    assert total(replace(login(), holdings=(FUND, PLACEHOLDER, second, HELD))) == 20500
