"""Stored content: small enough for the table, exact, and readable by the versions before and after."""

import json
import zlib
from dataclasses import replace
from decimal import Decimal

from tests.support.fakes.portfolios import account, holding
from tidings.model import Option
from tidings.store import snapshot_codec

OPTION = Option("AAPL", "call", Decimal("300.50"), "2028-01-21", Decimal(-2), Decimal(100))
ROWS = [
    holding("AAPL", quantity="0.1234567890123456789012345", value="1E+3", isin="US0378331005"),
    replace(holding("AAPL280121C00300500", value=None), option=OPTION, cost_basis=Decimal("-1.10")),
    replace(holding("CUR:USD"), is_cash=True),
    replace(holding("Ünïcode ☂"), name=None, ticker=None),
]
ACCOUNTS = [account("a", mask="1234", total="12.340"), account("b")]


def test_encoded_snapshot_round_trips() -> None:
    assert snapshot_codec.decode(snapshot_codec.encode(ROWS, ACCOUNTS)) == (tuple(ROWS), tuple(ACCOUNTS))
    digits = [str(row.quantity) for row in snapshot_codec.decode(snapshot_codec.encode(ROWS, []))[0]]
    assert digits == [str(row.quantity) for row in ROWS]


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


def test_unknown_and_missing_columns_are_tolerated() -> None:
    """One is not there yet, one is not known here, and the order differs."""
    packed = json.loads(zlib.decompress(b"".join(snapshot_codec.encode(ROWS, ACCOUNTS))))
    [columns, *others] = packed["columns"]
    missing = columns.index("is_cash")
    packed["columns"] = [[*(name for name in columns[::-1] if name != "is_cash"), "novelty"], *others]
    packed["holdings"] = [[*(row[:missing] + row[missing + 1 :])[::-1], "new"] for row in packed["holdings"]]
    read, _ = snapshot_codec.decode([zlib.compress(json.dumps(packed).encode())])
    assert read == tuple(replace(row, is_cash=False) for row in ROWS)
