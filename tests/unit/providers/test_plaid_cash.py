"""Which of Plaid's securities are cash, and in which currency and amount."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.fakes.portfolios import holding
from tests.unit.providers.plaid_answers import ACCOUNT, HOLDING, SECURITY
from tidings.holdings import Holding
from tidings.providers.plaid.cash import cash_code, read_cash
from tidings.providers.plaid.schemas import Security


@pytest.mark.parametrize(
    ("kind", "ticker", "code"),
    [
        ("cash", None, "USD"),
        ("cash", "USD", "USD"),
        ("cash", "usd", "usd"),
        ("cash", "CUR:USD", "USD"),
        ("cash", "CUR:CAD", "CAD"),
        ("cash", "CAD", None),
        ("cash", "SPAXX", None),
        ("cash", "MONEY FUND", None),
        ("other", "CUR:CAD", "CAD"),
        ("other", "CUR:DOGE", "DOGE"),
        (None, "CUR:CAD", "CAD"),
        ("cryptocurrency", "CUR:BTC", None),
        ("cryptocurrency", None, None),
        ("other", "CUR:MONEY FUND", None),
        ("equity", "USD", None),
        ("equity", None, None),
    ],
)
def test_security_is_cash_of_code(kind: str | None, ticker: str | None, code: str | None) -> None:
    security = Security.model_validate({"security_id": "s", "type": kind, "ticker_symbol": ticker})
    assert cash_code(security, "USD") == code


def row(quantity: str | None, price: str | None, value: str | None, currency: str = "USD") -> Holding:
    numbers = {"quantity": quantity, "price": price, "value": value}
    known: dict[str, Any] = {name: None if one is None else Decimal(one) for name, one in numbers.items()}
    plain = holding("CUR:X", currency=currency, isin="US0378331005")
    return replace(plain, cost_basis=Decimal(1), exchange="XNAS", cusip="037833100", **known)


def amounts(read: Holding) -> tuple[object, ...]:
    return read.quantity, read.price, read.value, read.currency


@pytest.mark.parametrize(
    ("held", "code", "expected"),
    [
        (row("90", "1", "100"), "USD", (100, 1, 100, "USD")),
        (row("90", "5", None), "USD", (90, 1, 90, "USD")),
        (row("90", "1", "90"), "CAD", (90, 1, 90, "CAD")),
        (row("90", None, None), "CAD", (90, 1, 90, "CAD")),
        (row("90", "0.75", "67.50"), "CAD", (90, Decimal("0.75"), Decimal("67.50"), "USD")),
        (row("9000", "0.0125", "112.50"), "GBX", (90, None, Decimal("112.50"), "USD")),
        (row("9000", "1", "9000"), "GBX", (90, 1, 90, "GBP")),
        (row("9000", "0.01", "90", "GBP"), "GBX", (90, 1, 90, "GBP")),
    ],
)
def test_cash_has_amount_in_its_currency(held: Holding, code: str, expected: tuple[object, ...]) -> None:
    read = read_cash(held, code)
    assert amounts(read) == expected
    assert (read.type, read.is_cash) == ("cash", True)
    assert read.ticker == {"USD": "CUR:USD", "CAD": "CUR:CAD", "GBX": "CUR:GBP"}[code]


def test_cash_has_no_cost_and_no_security() -> None:
    read = read_cash(row("90", "1", "90"), "USD")
    assert (read.cost_basis, read.exchange, read.isin, read.cusip) == (None, None, None, None)


def test_code_of_no_currency_is_asset() -> None:
    read = read_cash(row("90", "2", "180"), "DOGE")
    assert (read.ticker, read.type, read.is_cash) == ("DOGE", "crypto", False)
    assert amounts(read) == (90, 2, 180, "USD")


@pytest.mark.parametrize(
    ("security", "ticker"),
    [
        ({"ticker_symbol": "CUR:USD", "type": "cash"}, "CUR:USD"),
        ({"ticker_symbol": "USD", "type": "cash"}, "CUR:USD"),
        ({"ticker_symbol": None, "type": "cash"}, "CUR:USD"),
        ({"ticker_symbol": "CUR:USD", "type": None}, "CUR:USD"),
    ],
)
def test_plaid_cash_is_normalized(one: Any, security: dict[str, object], ticker: str) -> None:  # noqa: ANN401
    cash = {"quantity": Decimal("-40.5"), "institution_price": 1, "institution_value": Decimal("-40.5")}
    row = one(cash, security)
    assert (row.ticker, row.type, row.is_cash, row.currency) == (ticker, "cash", True, "USD")
    assert (row.quantity, row.price, row.value) == (Decimal("-40.5"), Decimal(1), Decimal("-40.5"))
    assert (row.isin, row.cusip, row.exchange, row.cost_basis) == (None, None, None, None)


def test_foreign_cash_keeps_the_institutions_value(one: Any) -> None:  # noqa: ANN401
    euros = {"quantity": 100, "institution_price": Decimal("1.08"), "institution_value": 108}
    row = one(euros, {"ticker_symbol": "CUR:EUR", "type": "cash"})
    assert (row.ticker, row.is_cash, row.currency) == ("CUR:EUR", True, "USD")
    assert (row.quantity, row.price, row.value) == (Decimal(100), Decimal("1.08"), Decimal(108))


@pytest.mark.parametrize("value", [None, 100])
def test_foreign_cash_priced_at_one_is_in_its_own_currency(one: Any, value: int | None) -> None:  # noqa: ANN401
    euros = {"quantity": 100, "institution_price": 1, "institution_value": value}
    row = one(euros, {"ticker_symbol": "CUR:EUR", "type": "cash"})
    assert (row.ticker, row.currency, row.quantity, row.value) == ("CUR:EUR", "EUR", Decimal(100), Decimal(100))


@pytest.mark.parametrize(("code", "read"), [("BTC", "crypto"), ("USDC", "crypto"), ("CNH", "other")])
def test_cash_of_no_currency_is_an_asset(one: Any, code: str, read: str) -> None:  # noqa: ANN401
    coins = {"quantity": Decimal("0.5"), "institution_price": 90000, "institution_value": 45000}
    row = one(coins, {"ticker_symbol": f"CUR:{code}", "type": "cash"})
    assert (row.ticker, row.type, row.is_cash, row.currency) == (code, read, False, "USD")
    assert (row.quantity, row.price, row.value) == (Decimal("0.5"), Decimal(90000), Decimal(45000))


@pytest.mark.parametrize(
    "security",
    [
        {"ticker_symbol": "VMFXX", "type": "mutual fund", "is_cash_equivalent": True},
        {"ticker_symbol": "SPAXX", "type": "cash", "is_cash_equivalent": True},
        {"ticker_symbol": "CUR:BTC", "type": "cryptocurrency", "is_cash_equivalent": True},
        {"ticker_symbol": "DOGE", "type": "cryptocurrency", "is_cash_equivalent": True},
    ],
)
def test_cash_equivalent_stays_position(one: Any, security: dict[str, object]) -> None:  # noqa: ANN401
    row = one(security=security)
    assert row.ticker == str(security["ticker_symbol"]).removeprefix("CUR:")
    assert (row.is_cash, row.quantity) == (False, Decimal("12.5"))


def test_plaid_sweep_is_inside_the_cash_only_if_the_total_says_so(plaid: Any) -> None:  # noqa: ANN401
    cash = HOLDING | {"security_id": "cash", "quantity": 2000, "institution_price": 1, "institution_value": 2000}
    fund = cash | {"security_id": "fund", "quantity": 1500, "institution_value": 1500}
    securities = [
        SECURITY | {"security_id": "cash", "ticker_symbol": "CUR:USD", "type": "cash"},
        SECURITY | {"security_id": "fund", "ticker_symbol": "SPAXX", "type": "mutual fund", "is_cash_equivalent": True},
    ]
    for total, amount in ((2000, 500), (3500, 2000), (None, 2000)):
        stated = ACCOUNT | {"balances": {"current": total, "iso_currency_code": "USD"}}
        rows = plaid.fetch(accounts=[stated], holdings=[cash, fund], securities=securities).holdings
        assert [row.value for row in rows] == [amount, 1500]


@pytest.mark.parametrize(
    ("kind", "is_equivalent", "cash"),
    [
        ("mutual fund", True, Decimal(700)),
        ("mutual fund", False, Decimal(1000)),
        ("mutual fund", None, Decimal(1000)),
        ("equity", True, Decimal(1000)),
        ("cryptocurrency", True, Decimal(1000)),
    ],
)
def test_only_money_market_fund_may_be_inside_cash(
    plaid: Any,  # noqa: ANN401
    kind: str,
    is_equivalent: bool | None,
    cash: Decimal,
) -> None:
    total = ACCOUNT | {"balances": {"current": Decimal(1000), "iso_currency_code": "USD"}}
    fund = HOLDING | {"security_id": "fund", "quantity": Decimal(300), "institution_value": Decimal(300)}
    money = HOLDING | {"quantity": Decimal(1000), "institution_value": Decimal(1000)}
    securities = [
        SECURITY | {"type": "cash", "ticker_symbol": "CUR:USD"},
        SECURITY | {"security_id": "fund", "type": kind, "is_cash_equivalent": is_equivalent, "ticker_symbol": "SPAXX"},
    ]
    rows = plaid.fetch(accounts=[total], holdings=[fund, money], securities=securities).holdings
    assert [row.value for row in rows if row.is_cash] == [cash]
