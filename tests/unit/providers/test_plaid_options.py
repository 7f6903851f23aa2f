"""How Plaid's options are counted: by value and price, else as documented, else as the account's total says."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.fakes.portfolios import holding
from tests.unit.providers.plaid_answers import ACCOUNT, HOLDING, OPTION, SECURITY
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


@pytest.mark.parametrize(
    ("quantity", "price", "value"),
    [("200", "21.35", "4270"), ("2", "21.35", "4270"), ("2", "2135", "4270"), ("200", "21.35", None)],
    ids=["shares, as documented", "contracts, price per share", "contracts, price per contract", "no value"],
)
def test_plaid_option_is_normalized_for_any_counting(
    one: Any,  # noqa: ANN401
    quantity: str,
    price: str,
    value: str | None,
) -> None:
    held = {
        "quantity": Decimal(quantity),
        "institution_price": Decimal(price),
        "institution_value": None if value is None else Decimal(value),
        "cost_basis": Decimal(3610),
    }
    row = one(held, OPTION)
    assert row.option == Option("AAPL", "call", Decimal(300), "2028-01-21", Decimal(2), Decimal(100), "AAPL")
    assert (row.quantity, row.price, row.value) == (Decimal(200), Decimal("21.35"), Decimal(4270))
    assert (row.type, row.ticker, row.cost_basis) == ("option", "AAPL280121C00300000", Decimal(3610))


@pytest.mark.parametrize("missing", ["contract_type", "expiration_date", "strike_price", "underlying_security_ticker"])
def test_plaid_option_with_unknown_terms_is_derivative(one: Any, missing: str) -> None:  # noqa: ANN401
    contract = OPTION["option_contract"] | {missing: None}  # type: ignore[operator]
    row = one({"quantity": 200}, OPTION | {"ticker_symbol": None, "option_contract": contract})
    assert (row.type, row.option, row.quantity) == ("derivative", None, Decimal(200))


@pytest.mark.parametrize("ticker", ["AAPL280121C00300000", "AAPL  280121C00300000", "O:AAPL280121C00300000"])
@pytest.mark.parametrize("kind", ["derivative", "other", None])
def test_plaid_option_is_known_by_its_symbol(one: Any, ticker: str, kind: str | None) -> None:  # noqa: ANN401
    held = {"quantity": 200, "institution_price": 12, "institution_value": 2400}
    row = one(held, {"ticker_symbol": ticker, "type": kind, "option_contract": None})
    assert row.option == Option("AAPL", "call", Decimal(300), "2028-01-21", Decimal(2), Decimal(100), "AAPL")
    assert (row.type, row.ticker) == ("option", "AAPL280121C00300000")


@pytest.mark.parametrize(
    ("quantity", "price", "value", "shares", "contracts", "multiplier"),
    [
        (100, "1.5", 15000, 10000, 100, 100),
        (-3, "2", -60, -30, -3, 10),
        (30, "2", 60, 30, None, None),
        (150, "2", 300, 150, None, None),
        (2, "2.1", 400, 200, 2, 100),
        (200, "0", 0, 200, 2, 100),
        (7, None, 14, 700, 7, 100),
    ],
    ids=["contracts", "mini", "mini in shares", "adjusted", "old price", "worthless", "no price"],
)
def test_option_shares_are_value_by_price(
    one: Any,  # noqa: ANN401
    quantity: int,
    price: str | None,
    value: int,
    shares: int,
    contracts: int | None,
    multiplier: int | None,
) -> None:
    price_stated = None if price is None else Decimal(price)
    row = one({"quantity": quantity, "institution_price": price_stated, "institution_value": value}, OPTION)
    assert (row.quantity, row.value, row.price) == (Decimal(shares), Decimal(value), price_stated)
    assert (row.option.contracts, row.option.multiplier) == (contracts, multiplier)
    assert row.valuation is None, "the value leaves one reading"


def test_total_tells_an_options_shares_from_contracts(plaid: Any) -> None:  # noqa: ANN401
    held = {"quantity": 100, "institution_price": Decimal("1.5"), "institution_value": None}
    for total, contracts, reading, by in (
        (150, 1, "shares", "total"),
        (15000, 100, "contracts", "total"),
        (None, 1, "shares", "convention"),
    ):
        stated = ACCOUNT | {"balances": {"current": total, "iso_currency_code": "USD"}}
        (row,) = plaid.fetch(accounts=[stated], holdings=[HOLDING | held], securities=[SECURITY | OPTION]).holdings
        assert (row.option.contracts, row.valuation.reading, row.valuation.by) == (contracts, reading, by)


def test_total_that_the_user_typed_in_decides_nothing(plaid: Any) -> None:  # noqa: ANN401
    stated = ACCOUNT | {"balances": {"current": 15000, "iso_currency_code": "USD"}}
    held = {"quantity": 100, "institution_price": Decimal("1.5"), "institution_value": None}
    given = {"accounts": [stated], "holdings": [HOLDING | held], "securities": [SECURITY | OPTION]}
    (row,) = plaid.fetch(**given, is_investments_fallback_item=True).holdings
    assert (row.valuation.reading, row.valuation.by) == ("shares", "convention")
