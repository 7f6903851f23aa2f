"""How Plaid's options are counted: by value and price, else as documented, else as the account's total says."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.fakes.portfolios import holding
from tidings.holdings import Holding, Option
from tidings.providers.plaid.options import read_option
from tidings.providers.plaid.schemas import OptionContract
from tidings.providers.readings import Row

CONTRACT = OptionContract.model_validate(
    {
        "contract_type": "call",
        "expiration_date": "2026-12-18",
        "strike_price": 240,
        "underlying_security_ticker": "AAPL",
    }
)
SYMBOL = "AAPL261218C00240000"


def held(quantity: str | None, price: str | None, value: str | None, **fields: Any) -> Holding:  # noqa: ANN401
    numbers = {"quantity": quantity, "price": price, "value": value}
    known = {name: None if number is None else Decimal(number) for name, number in numbers.items()}
    return replace(holding(SYMBOL), **{"type": "derivative", "exchange": "XCBO", **known, **fields})


def row_of(read: Row | None) -> Holding:
    assert read is not None
    assert read.kind is None
    assert read.documented is not None
    return read.documented


def counted(quantity: str | None, price: str | None, value: str | None) -> tuple[object, ...]:
    """Return contracts, multiplier and quantity."""
    row = row_of(read_option(held(quantity, price, value), CONTRACT))
    assert row.option is not None
    return row.option.contracts, row.option.multiplier, row.quantity


@pytest.mark.parametrize(
    ("quantity", "price", "value", "expected"),
    [
        ("2", "5", "1000", (2, 100, 200)),
        ("-2", "5", "-1000", (-2, 100, -200)),
        ("200", "5", "80000", (200, 100, 20000)),
        ("200", "5", "79000", (200, 79, 15800)),
        ("200", "5", "125000", (200, 100, 20000)),
        ("200", "5", "126000", (200, 126, 25200)),
        ("200", "5", "10000", (200, 10, 2000)),
        ("200", "5", "9000", (2, 100, 200)),
        ("200", "5", "12500", (2, 100, 200)),
        ("200", "5", "1000000", (200, 1000, 200000)),
        ("200", "5", "1001000", (2, 100, 200)),
        ("200", "5", "1000", (2, 100, 200)),
        ("150", "5", "750", (None, None, 150)),
        ("20", "5", "100", (None, None, 20)),
        ("0.5", "500", "250", (None, None, Decimal("0.5"))),
        ("2", "5", "90", (2, 100, 200)),
    ],
)
def test_value_and_price_count_shares(
    quantity: str, price: str, value: str, expected: tuple[object, object, object]
) -> None:
    assert counted(quantity, price, value) == expected


@pytest.mark.parametrize(
    ("value", "price"), [("1500", "5"), ("1200", "5"), ("1875", "5"), ("1199", "500"), ("1876", "500")]
)
def test_price_per_contract_becomes_price_per_share(value: str, price: str) -> None:
    """A price may be a quarter too low or a fifth too high, beside a value of another day."""
    row = row_of(read_option(held("3", "500", value), CONTRACT))
    assert row.option is not None
    assert [row.option.contracts, row.option.multiplier, row.quantity] == [3, 100, 300]
    assert (row.price, row.value) == (Decimal(price), Decimal(value))


@pytest.mark.parametrize(("price", "value"), [("0", "0"), ("5", "0"), (None, "1000"), ("0", "1000")])
def test_without_price_or_value_documents_count_shares(price: str | None, value: str) -> None:
    row = row_of(read_option(held("200", price, value), CONTRACT))
    assert row.option is not None
    assert [row.option.contracts, row.quantity, row.value] == [2, 200, Decimal(value)]


def test_without_price_and_value_documents_count_shares() -> None:
    assert counted("200", None, None) == (2, 100, 200)


@pytest.mark.parametrize("value", [None, "0", "7"])
def test_shares_of_no_whole_contract_are_contracts(value: str | None) -> None:
    assert counted("3", None, value) == (3, 100, 300)


def test_option_of_no_quantity_counts_no_contracts() -> None:
    assert counted("0", "5", None) == counted("0", "5", "7") == (0, 100, 0)
    assert counted(None, "5", "7") == (None, None, None)
    row = row_of(read_option(held(None, "5", "7"), CONTRACT))
    assert (row.price, row.value) == (Decimal(5), Decimal(7))


def test_total_decides_between_shares_and_contracts_without_value() -> None:
    read = read_option(held("200", "5", None), CONTRACT)
    assert read is not None
    assert read.kind == "options"
    found = [(one.name, one.counted, one.detail.split(" counts ")[1]) for one in read.readings]
    assert found == [
        ("shares", Decimal(1000), "shares."),
        ("contracts", Decimal(100000), "contracts of 100 shares."),
    ]
    assert [one.holding and one.holding.quantity for one in read.readings] == [200, 20000]


@pytest.mark.parametrize("kind", ["derivative", "other"])
def test_symbol_alone_makes_option_of_derivative(kind: str) -> None:
    row = row_of(read_option(held("2", "5", "1000", type=kind, ticker="AAPL  261218C00240000"), None))
    assert row.option == Option("AAPL", "call", Decimal(240), "2026-12-18", Decimal(2), Decimal(100), "AAPL")
    assert (row.type, row.ticker, row.exchange) == ("option", SYMBOL, None)


@pytest.mark.parametrize("kind", ["equity", "etf", "fixed_income"])
def test_symbol_alone_makes_no_option_of_other_types(kind: str) -> None:
    assert read_option(held("2", "5", "1000", type=kind), None) is None
    assert row_of(read_option(held("2", "5", "1000", type=kind), CONTRACT)).type == "option"


def test_contract_without_terms_is_no_option() -> None:
    assert read_option(held("2", "5", "1000", ticker="Apple call"), OptionContract()) is None
    assert read_option(held("2", "5", "1000", ticker="Apple call"), None) is None


def test_terms_of_contract_win_over_symbol() -> None:
    put = CONTRACT.model_copy(
        update={"contract_type": "put", "strike_price": Decimal(5), "expiration_date": "2027-01-15"}
    )
    row = row_of(
        read_option(held("2", "5", "1000", ticker=None), put.model_copy(update={"underlying_security_ticker": "X"}))
    )
    assert row.option == Option("X", "put", Decimal(5), "2027-01-15", Decimal(2), Decimal(100))
    assert row.ticker == "X270115P00005000"
