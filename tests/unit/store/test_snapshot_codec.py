"""Stored content: small enough for the table, exact, and readable by the versions before and after."""

import base64
import json
import zlib
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given

from tests.support.fakes.portfolios import account, arbitrary_holdings, holding
from tidings.holdings import Account, Holding, Option, Valuation
from tidings.store import snapshot_codec

OPTION = Option("AAPL", "call", Decimal("300.50"), "2028-01-21", Decimal(-2), Decimal(100))
ROWS = [
    holding("AAPL", quantity="0.1234567890123456789012345", value="1E+3", isin="US0378331005"),
    replace(holding("AAPL280121C00300500", value=None), option=OPTION, cost_basis=Decimal("-1.10")),
    replace(holding("CUR:USD"), is_cash=True),
    replace(holding("Ünïcode ☂"), name=None, ticker=None),
]
ACCOUNTS = [account("a", mask="1234", total="12.340"), account("b")]

APPLE = Holding(
    ticker="AAPL",
    name="Apple Inc.",
    type="equity",
    quantity=Decimal("10.50"),
    price=Decimal("231.4"),
    price_as_of="2026-11-25",
    value=Decimal("2429.700"),
    cost_basis=None,
    currency="USD",
    account_id="a1",
    account_name="Brokerage",
    institution="Example",
    provider="plaid",
    source_id="item",
    exchange="XNAS",
    isin="US0378331005",
    cusip="037833100",
)
WITHOUT_IDENTIFIERS = replace(APPLE, exchange=None, isin=None, cusip=None)
EARLIER_ROWS = [
    APPLE,
    replace(
        WITHOUT_IDENTIFIERS,
        ticker="CUR:USD",
        name=None,
        type="cash",
        quantity=Decimal(-5),
        price=Decimal(1),
        value=Decimal(-5),
        is_cash=True,
    ),
    replace(WITHOUT_IDENTIFIERS, ticker="AAPL280121C00300500", type="option", quantity=Decimal(-200), option=OPTION),
]
EARLIER_ACCOUNTS = [
    Account("a1", "Brokerage", "brokerage", "1234", Decimal("12.340"), "USD"),
    Account("a2", None, None, None, None, None, "own", readable=False, rows_from=1_771_500_000_000),
]
EARLIER_CONTENT = """
eF61U02L2zAQ/StFZ9tIcrZJ95ZueyiUUhoChWCMoigbEVny6mM3ofS/d0Y263h7K9QHjUYfb57eG/8i0pnU2UDudzsStTwrTwpiRacgxGuP4SkJ
G3W8wrT3WuJSjq0IrTtC9ixMwlXpQmz3IuiASfJeWYm3hJQu2djqw00y1tA2AHaK2tmM6571IXMILnmoke+oizwJ+4g1dNB4UKag+5y2UoQTzFyf
MZpiR5IFCHPV9hHWz9oiRIhenxFAXXrtkZV0NnohI5Ltkom6NxoqI8CM8FyMToQz1p1ot9FFYeYvvt2egXklDmJvkIh3L6E9eteRpinIyZkDEB6M
WK+/f4UT67436t0XKyvk/ZQGDxit7ihEXrNqgZHy9yVjJb/DZME/VEsK+zYZU5Dt5hNqzmD46B24K7KKny+iA2xU3IgssY6qg/Dz23oDYbuh9XJV
14xSRH1NSHEUJqgMjkI9bH/c5xJDtdGKEu9gyRk1XP0nUvnSNESfJgKoFF9RxtkDpTWwxafPhRsboyAlz5v/Q7c3FAeRXn2UwmB/AL3ROcpXJQXH
UKOSZ08pdAG0wdgsQxv8Zdv+xkLGa3Sf8ape4LMmG2YCCYB/w25KiXuBn2lgy5ZLBuoNX9P8/gNEbD2W
"""
"""The two lists above, as encoded before holdings had more than nineteen columns."""


def test_encoded_snapshot_round_trips() -> None:
    assert snapshot_codec.decode(snapshot_codec.encode(ROWS, ACCOUNTS)) == (tuple(ROWS), tuple(ACCOUNTS))
    digits = [str(row.quantity) for row in snapshot_codec.decode(snapshot_codec.encode(ROWS, []))[0]]
    assert digits == [str(row.quantity) for row in ROWS]


@given(arbitrary_holdings)
def test_stored_holdings_round_trip(held: list[Holding]) -> None:
    assert snapshot_codec.decode(snapshot_codec.encode(held, []))[0] == tuple(held)


def test_empty_snapshot_encodes_to_nothing() -> None:
    assert snapshot_codec.decode(snapshot_codec.encode([], [])) == ((), ())


def test_ten_thousand_rows_fit_three_slices() -> None:
    many = [
        holding(f"T{number:05}", quantity=f"{number}.{number}", value=f"{number * 17}.03") for number in range(10_000)
    ]
    slices = snapshot_codec.encode(many, ACCOUNTS)
    assert all(len(one) <= 300_000 for one in slices)
    assert len(slices) <= 3
    assert snapshot_codec.decode(slices) == (tuple(many), tuple(ACCOUNTS))


def test_content_that_does_not_compress_is_cut_to_fit_items_of_the_table() -> None:
    digits = Random(1)
    many = [holding(f"T{number:05}", value=str(digits.randrange(10**600))) for number in range(3_600)]
    slices = snapshot_codec.encode(many, [])
    assert max(len(one) for one in slices) < 400_000
    assert len(slices) <= 4
    assert snapshot_codec.decode(slices) == (tuple(many), ())


@pytest.mark.parametrize(("missing", "default"), [("is_cash", False), ("name", None)])
def test_unknown_and_missing_columns_are_tolerated(missing: str, default: object) -> None:
    """One is not there yet, one is not known here, and the order differs."""
    packed = json.loads(zlib.decompress(b"".join(snapshot_codec.encode(ROWS, ACCOUNTS))))
    [columns, *others] = packed["columns"]
    at = columns.index(missing)
    packed["columns"] = [[*(name for name in columns[::-1] if name != missing), "novelty"], *others]
    packed["holdings"] = [[*(row[:at] + row[at + 1 :])[::-1], "new"] for row in packed["holdings"]]
    read, _ = snapshot_codec.decode([zlib.compress(json.dumps(packed).encode())])
    assert read == tuple(replace(row, **{missing: default}) for row in ROWS)  # type: ignore[arg-type]


def test_columns_of_valuations_may_have_another_order() -> None:
    row = replace(APPLE, valuation=Valuation("per unit", "total", "The account's total decides."))
    packed = json.loads(zlib.decompress(b"".join(snapshot_codec.encode([row], []))))
    packed["valuation_columns"].reverse()
    packed["holdings"][0][packed["columns"][0].index("valuation")].reverse()
    assert snapshot_codec.decode([zlib.compress(json.dumps(packed).encode())])[0] == (row,)


def test_snapshot_of_earlier_version_decodes() -> None:
    assert snapshot_codec.decode([base64.b64decode(EARLIER_CONTENT)]) == (
        tuple(EARLIER_ROWS),
        tuple(EARLIER_ACCOUNTS),
    )


def test_every_column_round_trips() -> None:
    row = replace(
        APPLE,
        option=replace(OPTION, contracts=None, multiplier=None, root="AAPL1"),
        quantity=None,
        security_id="s",
        raw_symbol="AAPL",
        maturity="2030-01-31",
        coupon=Decimal("4.250"),
        multiplier=Decimal(50),
        unvested_quantity=Decimal("1.50"),
        unvested_value=Decimal("347.10"),
        valuation=Valuation("per unit", "total", "The account's total decides."),
    )
    held = replace(
        ACCOUNTS[0],
        status="closed",
        is_paper=True,
        margin_loan=Decimal("100.50"),
        dropped_rows=2,
        readings={"bonds": "per unit"},
    )
    [decoded], [account_decoded] = snapshot_codec.decode(snapshot_codec.encode([row], [held]))
    assert (decoded, account_decoded) == (row, held)
    assert (str(decoded.coupon), str(decoded.unvested_value)) == ("4.250", "347.10")


def test_digest_of_earlier_versions_is_unchanged() -> None:
    """Otherwise every user would read once that the portfolio changed."""
    assert snapshot_codec.digest(EARLIER_ROWS) == "e3e10617d4b30c931c3a3182fa1626727862215eecdc2fa817b790356edc1be3"
    assert snapshot_codec.digest([APPLE]) == "a90e22423ca4c9339b83dec517fbfdafc8448e8577fc69504d37b756cb4eedf3"
    granted = replace(APPLE, unvested_quantity=Decimal("1.50"))
    assert snapshot_codec.digest([granted]) == "3a41a68b2bd20e162b72057737f266a64e804596818053e1533180c4f73e6175"
    assert snapshot_codec.digest([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(arbitrary_holdings)
def test_digest_ignores_order_and_detects_change(held: list[Holding]) -> None:
    assert snapshot_codec.digest(held) == snapshot_codec.digest(held[::-1])
    assert snapshot_codec.digest([*held, holding()]) != snapshot_codec.digest(held)


@pytest.mark.parametrize(
    "described",
    [
        replace(APPLE, security_id="s", raw_symbol="AAPL", valuation=Valuation("per unit", "stored", "As before.")),
        replace(APPLE, maturity="2030-01-31", coupon=Decimal("4.25"), multiplier=Decimal(50)),
    ],
)
def test_digest_ignores_description(described: Holding) -> None:
    assert snapshot_codec.digest([described]) == snapshot_codec.digest([APPLE])


def test_digest_ignores_option_root() -> None:
    [*_, option] = EARLIER_ROWS
    rooted = replace(option, option=replace(OPTION, root="AAPL"))
    assert snapshot_codec.digest([rooted]) == snapshot_codec.digest([option])


def test_digest_covers_unvested_part() -> None:
    quantities = [replace(APPLE, unvested_quantity=Decimal(amount)) for amount in (1, 2)]
    values = [replace(APPLE, unvested_value=Decimal(amount)) for amount in (1, 2)]
    assert len({snapshot_codec.digest([row]) for row in (APPLE, *quantities, *values)}) == 5
