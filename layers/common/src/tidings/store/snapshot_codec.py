"""How a snapshot's content is stored: compressed JSON with decimals as text, in slices that fit a DynamoDB item.

Of ten thousand rows the names would be the larger part: a row is an array, and its columns are named once.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, fields
from decimal import Decimal
from operator import attrgetter
from typing import Any

from tidings.model import Account, Holding, Option

_SLICE_BYTES = 300_000
_LEVEL = 3
"""Half the time of zlib's usual 6, for a tenth more bytes."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


class _Table:
    """The columns of a model, in its order. `decimals` are text in JSON."""

    def __init__(self, model: type, *decimals: str) -> None:
        self.columns = [field.name for field in fields(model)]
        self._defaults = [None if field.default is MISSING else field.default for field in fields(model)]
        self._decimals = [self.columns.index(name) for name in decimals]
        self._values: Callable[[object], tuple[Any, ...]] = attrgetter(*self.columns)

    def row(self, value: object) -> list[Any]:
        row = list(self._values(value))
        for column in self._decimals:
            if row[column] is not None:
                row[column] = str(row[column])
        return row

    def values(self, rows: Iterable[list[Any]], columns: Sequence[str]) -> Iterable[list[Any]]:
        """The arguments of the model, of rows with these columns: another version of this code may have had others."""
        for stored in rows:
            row = stored if columns == self.columns else self._arranged(dict(zip(columns, stored, strict=True)))
            for column in self._decimals:
                if row[column] is not None:
                    row[column] = Decimal(row[column])
            yield row

    def _arranged(self, stored: dict[str, Any]) -> list[Any]:
        return [stored.get(name, default) for name, default in zip(self.columns, self._defaults, strict=True)]


_HOLDINGS = _Table(Holding, "quantity", "price", "value", "cost_basis")
_OPTIONS = _Table(Option, "strike", "contracts", "multiplier")
_ACCOUNTS = _Table(Account, "institution_total")
_OPTION = _HOLDINGS.columns.index("option")


def encode(holdings: Sequence[Holding], accounts: Sequence[Account]) -> list[bytes]:
    """The content as slices, in order."""
    content = {
        "columns": [_HOLDINGS.columns, _OPTIONS.columns, _ACCOUNTS.columns],
        "holdings": [_row(holding) for holding in holdings],
        "accounts": [_ACCOUNTS.row(account) for account in accounts],
    }
    packed = zlib.compress(_encode(content).encode(), _LEVEL)
    return [packed[start : start + _SLICE_BYTES] for start in range(0, len(packed), _SLICE_BYTES)]


def decode(slices: Iterable[bytes]) -> tuple[tuple[Holding, ...], tuple[Account, ...]]:
    content = json.loads(zlib.decompress(b"".join(slices)))
    of_holding, of_option, of_account = content["columns"]
    holdings = []
    for values in _HOLDINGS.values(content["holdings"], of_holding):
        if values[_OPTION] is not None:
            [terms] = _OPTIONS.values([values[_OPTION]], of_option)
            values[_OPTION] = Option(*terms)
        holdings.append(Holding(*values))
    return tuple(holdings), tuple(Account(*values) for values in _ACCOUNTS.values(content["accounts"], of_account))


def digest(holdings: Sequence[Holding]) -> str:
    """Tells whether two snapshots hold the same, in whatever order the provider listed it."""
    lines = sorted(_encode(_row(holding)) for holding in holdings)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _row(holding: Holding) -> list[Any]:
    row = _HOLDINGS.row(holding)
    if holding.option is not None:
        row[_OPTION] = _OPTIONS.row(holding.option)
    return row
