"""How SnapTrade's options are counted: contracts, as documented, or shares if the account's total says so."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.fakes.portfolios import holding
from tidings.holdings import Holding, Option
from tidings.providers.readings import Row
from tidings.providers.snaptrade.options import read_option
from tidings.providers.snaptrade.schemas import Position

INSTRUMENT: dict[str, Any] = {
    "kind": "option",
    "symbol": "AAPL  280121P00300000",
    "option_type": "PUT",
    "strike_price": "300",
    "expiration_date": "2028-01-21",
    "multiplier": "100",
    "underlying": {"kind": "stock", "symbol": "AAPL.US", "raw_symbol": "AAPL"},
}
ROW = replace(holding("AAPL  280121P00300000"), type="option", exchange="XCBO")


def read(units: str | None, price: str | None = "5", cost: str | None = "4", **instrument: Any) -> Row:  # noqa: ANN401
    position = {"instrument": INSTRUMENT | instrument, "units": units, "price": price, "cost_basis": cost}
    return read_option(ROW, Position.model_validate(position))


def only(row: Row) -> Holding:
    assert row.kind is None
    assert row.documented is not None
    return row.documented


def test_units_may_count_contracts_or_shares() -> None:
    row = read("200")
    assert row.kind == "options"
    assert [(one.name, one.counted) for one in row.readings] == [
        ("contracts", Decimal(100000)),
        ("shares", Decimal(1000)),
    ]
    contracts, shares = (one.holding for one in row.readings)
    assert contracts is not None
    assert shares is not None
    assert [contracts.quantity, contracts.value, contracts.cost_basis] == [20000, 100000, 80000]
    assert [shares.quantity, shares.value, shares.cost_basis] == [200, 1000, 800]
    assert contracts.option == Option("AAPL", "put", Decimal(300), "2028-01-21", Decimal(200), Decimal(100), "AAPL")
    assert shares.option is not None
    assert shares.option.contracts == 2
    assert [one.detail.split(" count ")[1] for one in row.readings] == ["contracts.", "shares."]


@pytest.mark.parametrize(
    ("units", "price", "instrument"),
    [
        ("2", "5", {}),
        ("150", "5", {}),
        ("200", "5", {"multiplier": "1"}),
        ("200", None, {}),
        ("0", "5", {}),
        (None, "5", {}),
        ("200", "5", {"kind": "future_option", "multiplier": None}),
    ],
    ids=["few", "no whole contracts", "multiplier 1", "no price", "none", "unknown", "no multiplier"],
)
def test_units_that_can_be_no_shares_count_contracts(units: str | None, price: str | None, instrument: Any) -> None:  # noqa: ANN401
    option = only(read(units, price, **instrument)).option
    assert option is not None
    assert option.contracts == (None if units is None else Decimal(units))


@pytest.mark.parametrize(
    ("kind", "stated", "multiplier"),
    [
        ("option", "100", 100),
        ("option", "10", 10),
        ("option", "1", 1),
        ("option", None, 100),
        ("option", "0", 100),
        ("option", "-5", 100),
        ("future_option", "50", 50),
        ("future_option", None, None),
        ("future_option", "0", None),
        ("future_option", "-5", None),
    ],
)
def test_only_listed_options_have_usual_multiplier(kind: str, stated: str | None, multiplier: int | None) -> None:
    option = only(read("3", kind=kind, multiplier=stated)).option
    assert option is not None
    assert option.multiplier == multiplier


def test_listed_option_has_compact_symbol_and_no_exchange() -> None:
    listed, of_future = only(read("2")), only(read("2", kind="future_option"))
    assert (listed.ticker, listed.exchange) == ("AAPL280121P00300000", None)
    assert (of_future.ticker, of_future.exchange) == (ROW.ticker, "XCBO")


@pytest.mark.parametrize(
    ("fields", "underlying"),
    [
        ({}, "AAPL"),
        ({"underlying": {"symbol": "AAPL.US"}}, "AAPL.US"),
        ({"underlying": None}, "AAPL"),
        ({"underlying": None, "symbol": "AAPL PUT", "root_symbol": "AAPLW"}, "AAPLW"),
    ],
)
def test_underlying_is_named_by_most_exact_field(fields: Any, underlying: str) -> None:  # noqa: ANN401
    option = only(read("2", **fields)).option
    assert option is not None
    assert option.underlying == underlying


def test_option_without_terms_is_valued_by_its_multiplier() -> None:
    row = only(read("2", symbol="AAPL PUT", option_type=None, multiplier="10"))
    assert (row.option, row.multiplier, row.value, row.cost_basis) == (None, Decimal(10), Decimal(100), Decimal(80))
    of_future = only(read("2", symbol="ES PUT", option_type=None, multiplier=None, kind="future_option"))
    assert (of_future.multiplier, of_future.value, of_future.cost_basis) == (None, None, None)
