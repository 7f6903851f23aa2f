"""The portfolio's total, its currency, and the date of its oldest part."""

from dataclasses import replace
from decimal import Decimal

from tests.support.fakes.portfolios import holding
from tests.unit.portfolio.merged_portfolio import APPLE, merge_snapshots, plaid
from tidings.holdings import Account


def test_headline_currency_is_main_or_most_common() -> None:
    canadian = [holding("RY", value="10", currency="CAD"), holding("TD", value="5", currency="CAD")]
    euro = holding("SAP", value="900", currency="EUR")
    assert merge_snapshots(plaid([*canadian, euro]))["total_portfolio_value"] == 15
    assert merge_snapshots(plaid([*canadian, euro, holding(value="1")]))["total_portfolio_value"] == 1


def test_portfolio_names_its_parts() -> None:
    merged = merge_snapshots()
    assert merged == {
        "holdings": [],
        "total_portfolio_value": Decimal(0),
        "totals_by_currency": {},
        "accounts": [],
        "statement_date": None,
        "account_type": "investment",
    }


def test_most_common_currency_wins_and_first_name_breaks_tie() -> None:
    canadian, euro = holding("RY", value="10", currency="CAD"), holding("SAP", value="900", currency="EUR")
    for held in ([canadian, euro], [euro, canadian]):
        merged = merge_snapshots(plaid(held))
        assert merged["total_portfolio_value"] == 10
        assert list(merged["totals_by_currency"].items()) == [("CAD", Decimal(10)), ("EUR", Decimal(900))]
    assert merge_snapshots(plaid([canadian, euro, replace(euro, ticker="SIE")]))["total_portfolio_value"] == 1800


def test_statement_dates_from_oldest_account() -> None:
    old = replace(plaid([APPLE], "old"), fetch_began_at=1_700_000_000_000)
    new = plaid([APPLE], "new")
    for order in ([old, new], [new, old]):
        assert merge_snapshots(*order)["statement_date"] == "2023-11-14"


def test_rows_of_unreadable_account_have_their_own_date() -> None:
    unreadable = Account("account", None, None, None, None, None, readable=False, rows_from=1_700_000_000_000)
    merged = merge_snapshots(replace(plaid([APPLE]), accounts=(unreadable,)))
    assert merged["holdings"][0]["sources"][0]["as_of"] == "2023-11-14T22:13:20.000Z"
    assert merged["statement_date"] == "2023-11-14"
