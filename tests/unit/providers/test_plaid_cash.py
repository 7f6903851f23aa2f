"""Which of Plaid's securities are cash, and in which currency and amount."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.fakes.portfolios import holding
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
