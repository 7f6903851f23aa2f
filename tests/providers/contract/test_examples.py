"""Each example of the simulators reaches the answer as what it is."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.repository.docs.portfolio_tables import fetched_from, merged
from tests.support.aws.account import PLAID, SNAPTRADE
from tests.support.fakes.providers import Providers, simulated_providers
from tidings.api.portfolio_types import AccountTotal, HoldingRow, PortfolioData
from tidings.errors import ItemGone


@pytest.fixture(scope="module")
def simulators() -> Iterator[Providers]:
    with simulated_providers() as simulators:
        yield simulators


@pytest.fixture(autouse=True)
def _base_urls(simulators: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAID_BASE_URL", simulators.plaid_url)
    monkeypatch.setenv("SNAPTRADE_BASE_URL", simulators.snaptrade_url)


def plaid_with(simulators: Providers, kind: str) -> PortfolioData:
    """The portfolio of a new item with an example."""
    made = simulators.plaid("connect")
    simulators.plaid("example", item_id=made["item_id"], kind=kind)
    return merged("plaid", made["item_id"], fetched_from("plaid", PLAID, made))


def snaptrade_with(simulators: Providers, kind: str) -> PortfolioData:
    """The portfolio of a new connection with an example."""
    made = simulators.snaptrade("connect", user_id=f"user_{kind}", broker="QUESTRADE", silent=True)
    simulators.snaptrade("example", connection_id=made["connection_id"], kind=kind, silent=True)
    return merged("snaptrade", made["connection_id"], fetched_from("snaptrade", SNAPTRADE, made))


def row(portfolio: PortfolioData, ticker: str) -> HoldingRow:
    return next(held for held in portfolio["holdings"] if held["ticker"] == ticker)


def account(portfolio: PortfolioData, name: str) -> AccountTotal:
    return next(held for held in portfolio["accounts"] if held["name"] == name)


def test_grant_counts_what_is_vested(simulators: Providers) -> None:
    portfolio = plaid_with(simulators, "grant")
    held = row(portfolio, "ACME")
    assert (held["quantity"], held["value"]) == (Decimal(40), Decimal(4000))
    assert (held["unvested_quantity"], held["unvested_value"]) == (Decimal(60), Decimal(6000))
    plan = account(portfolio, "Platypus Stock Plan")
    assert (plan["residual"], plan["residual_explained_by"]) == (Decimal(6000), "unvested")


def test_margin_loan_explains_the_residual(simulators: Providers) -> None:
    margin = account(plaid_with(simulators, "margin_loan"), "Platypus Margin")
    assert (margin["residual"], margin["residual_explained_by"]) == (Decimal(-2500), "margin_loan")


def test_paper_account_is_listed_and_not_counted(simulators: Providers) -> None:
    portfolio = snaptrade_with(simulators, "paper_account")
    paper = account(portfolio, "Paper Trading")
    assert (paper["is_paper"], paper["counted"]) == (True, False)
    assert all(
        source["account_id"] != paper["account_id"] for held in portfolio["holdings"] for source in held["sources"]
    )


def test_closed_account_does_not_stop_its_connection(simulators: Providers) -> None:
    portfolio = snaptrade_with(simulators, "closed_account")
    assert account(portfolio, "Old Cash Account")["status"] == "closed"
    assert row(portfolio, "AAPL")["quantity"] == Decimal("10.5")


def test_pence_become_pounds(simulators: Providers) -> None:
    held = row(snaptrade_with(simulators, "pence"), "VOD.L")
    assert (held["currency"], held["price"], held["value"]) == ("GBP", Decimal("0.785"), Decimal("94.20"))


def test_future_has_a_price_and_no_value(simulators: Providers) -> None:
    held = row(snaptrade_with(simulators, "future"), "ESZ7")
    assert (held["type"], held["quantity"], held["value"]) == ("derivative", Decimal(2), None)
    assert (held["multiplier"], held["maturity"]) == (Decimal(50), "2027-12-17")


def test_bond_is_read_per_100_as_its_account_confirms(simulators: Providers) -> None:
    held = row(snaptrade_with(simulators, "bond"), "US91282CJJ18")
    assert held["value"] == Decimal(9850)
    assert held["valuation"] is not None
    assert held["valuation"]["by"] == "total"


def test_unknown_quantity_stays_unknown(simulators: Providers) -> None:
    held = row(snaptrade_with(simulators, "unknown_quantity"), "PRIVX")
    assert (held["quantity"], held["value"]) == (None, None)


def test_ended_item_is_gone(simulators: Providers) -> None:
    made = simulators.plaid("connect")
    simulators.plaid("end", item_id=made["item_id"])
    with pytest.raises(ItemGone):
        fetched_from("plaid", PLAID, made)


@pytest.mark.parametrize(("provider", "named"), [("plaid", "item_id"), ("snaptrade", "connection_id")])
def test_unknown_example_is_refused(simulators: Providers, provider: str, named: str) -> None:
    control: Any = getattr(simulators, provider)
    made = control("connect", user_id="user_of_no_example", silent=True)
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        control("example", **{named: made[named]}, kind="haunted")
