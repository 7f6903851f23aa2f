"""SnapTrade's cash as ours: counted once, beside the funds in which it may be held."""

from decimal import Decimal

import pytest

from tests.unit.providers.snaptrade_answers import STOCK, SnapTrade, account, balance, position
from tidings.holdings import Holding


def test_money_market_fund_is_counted_once(snaptrade: SnapTrade) -> None:
    fund = STOCK | {"kind": "mutualfund", "symbol": "VMFXX", "currency": "USD"}
    held = position(fund, units="1500", price="1", cost_basis="1", currency="USD", cash_equivalent=True)
    snaptrade.positions([held, position()])
    snaptrade.balances([balance("USD", "2350.25"), balance("CAD", "410.1")])
    cash = {row.currency: row for row in snaptrade.rows() if row.is_cash}
    assert (cash["USD"].ticker, cash["USD"].quantity, cash["USD"].value) == (
        "CUR:USD",
        Decimal("850.25"),
        Decimal("850.25"),
    )
    assert (cash["CAD"].ticker, cash["CAD"].price) == ("CUR:CAD", Decimal(1))
    usd = sum(row.value for row in snaptrade.rows() if row.currency == "USD" and row.value)
    assert usd == Decimal("2350.25")


def test_cash_held_in_fund_has_no_row_and_debt_keeps_sign(snaptrade: SnapTrade) -> None:
    fund = position(units="1500", price="1", currency="USD", cash_equivalent=True)
    snaptrade.positions([fund])
    snaptrade.balances([balance("USD", "1500.00"), balance("CAD", "-20.5"), balance("EUR", "0")])
    assert {row.currency: row.value for row in snaptrade.rows() if row.is_cash} == {"CAD": Decimal("-20.5")}


def test_unknown_cash_is_not_nothing_from_which_a_fund_is_subtracted(snaptrade: SnapTrade) -> None:
    """Cash of 0 beside the fund could be a debit, as the total says. Of unknown cash nothing is said."""
    total = {"total": {"amount": Decimal(100), "currency": "USD"}}
    snaptrade.list_accounts(account(balance=total))
    fund = position(units="1500", price="1", currency="USD", cash_equivalent=True)
    snaptrade.positions([fund, position(units="1", price="100", currency="USD")])
    for cash, values in ((None, [1500, 100]), ("0", [1500, 100, -1500])):
        snaptrade.balances([balance("USD", cash)])
        assert [row.value for row in snaptrade.rows()] == [Decimal(value) for value in values]


def test_fund_without_price_stays_in_cash(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(price=None, currency="USD", cash_equivalent=True)])
    snaptrade.balances([balance("USD", "100")])
    assert [row.value for row in snaptrade.rows()] == [None, Decimal(100)]


@pytest.mark.parametrize("written", ["USD", {"code": "USD"}])
def test_balance_currency_may_be_code_or_object(snaptrade: SnapTrade, written: object) -> None:
    snaptrade.balances([{"currency": written, "cash": 5}])
    assert snaptrade.rows()[0].ticker == "CUR:USD"


@pytest.mark.parametrize(
    ("codes", "rows"),
    [
        (["USD"], [("CUR:USD", "cash", True, "USD", 5)]),
        (["USD", "CAD", "USD"], [("CUR:USD", "cash", True, "USD", 10), ("CUR:CAD", "cash", True, "CAD", 5)]),
        ([None], [("CUR:XXX", "cash", True, "XXX", 5)]),
        (["CNH"], [("CNH", "other", False, "CNH", 5)]),
        (["BTC", "BTC"], [("BTC", "crypto", False, "BTC", 10)]),
    ],
)
def test_cash_has_one_row_for_each_currency(
    snaptrade: SnapTrade, codes: list[str | None], rows: list[tuple[object, ...]]
) -> None:
    snaptrade.balances([{"currency": code, "cash": 5} for code in codes])
    found = snaptrade.rows()
    assert [(row.ticker, row.type, row.is_cash, row.currency, row.value) for row in found] == rows
    assert all((row.quantity, row.price_as_of) == (row.value, "2026-02-19") for row in found)
    assert {row.price for row in found} == {Decimal(1)}
    assert {(row.account_id, row.account_name, row.institution, row.provider, row.source_id) for row in found} == {
        ("acc-1", "Margin", "Questrade", "snaptrade", "conn-1")
    }
    assert all((row.name, row.cost_basis) == (None, None) for row in found)


@pytest.mark.parametrize("code", ["USD", "BTC", None])
def test_nothing_of_a_currency_has_no_row(snaptrade: SnapTrade, code: str | None) -> None:
    snaptrade.balances([{"currency": code, "cash": 0}, {"currency": code, "cash": None}])
    assert snaptrade.rows() == []


def test_balance_of_a_coin_is_an_asset(snaptrade: SnapTrade) -> None:
    snaptrade.balances([balance("BTC", "0.5"), balance("DOGE", "0")])
    (row,) = snaptrade.rows()
    assert (row.ticker, row.type, row.is_cash, row.quantity, row.currency) == (
        "BTC",
        "crypto",
        False,
        Decimal("0.5"),
        "BTC",
    )


def test_cash_of_each_currency_maps_every_field(snaptrade: SnapTrade) -> None:
    snaptrade.balances([balance("USD", None), balance("CAD", "10"), balance("CAD", "5"), {"currency": None, "cash": 7}])
    canadian, unknown = snaptrade.rows()
    assert canadian == Holding(
        ticker="CUR:CAD",
        name=None,
        type="cash",
        quantity=Decimal(15),
        price=Decimal(1),
        price_as_of="2026-02-19",
        value=Decimal(15),
        cost_basis=None,
        currency="CAD",
        account_id="acc-1",
        account_name="Margin",
        institution="Questrade",
        provider="snaptrade",
        source_id="conn-1",
        is_cash=True,
    )
    assert (unknown.ticker, unknown.type, unknown.is_cash, unknown.value) == ("CUR:XXX", "cash", True, Decimal(7))


def test_cash_of_nothing_that_may_include_fund_has_row(snaptrade: SnapTrade) -> None:
    """The fund may have been paid for with the broker's money: then the cash is a debt."""
    snaptrade.list_accounts(account(balance={"total": {"amount": Decimal(100), "currency": "USD"}}))
    fund = position(units="1500", price="1", currency="USD", cash_equivalent=True)
    other = position(units="100", price="1", currency="USD")
    snaptrade.positions([fund, other])
    snaptrade.balances([balance("USD", "0")])
    assert [row.value for row in snaptrade.rows() if row.is_cash] == [Decimal(-1500)]
