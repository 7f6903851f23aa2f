"""Encode a snapshot's content as compressed JSON with decimals as text, in slices that fit a DynamoDB item.

Rows are arrays whose columns are named once: with ten thousand rows, field names would be most of the content.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, fields
from decimal import Decimal
from operator import attrgetter
from typing import Any

from tidings.holdings import Account, Holding, Option, Valuation

_SLICE_BYTES = 300_000
_LEVEL = 3
"""Half the time of zlib's default level 6, for a tenth more bytes."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


class _Columns:
    """The columns of a model: the named ones, or all in field order. Decimals are text in JSON."""

    def __init__(self, model: type, decimals: frozenset[str] = frozenset(), names: Sequence[str] = ()) -> None:
        defaults = {field.name: None if field.default is MISSING else field.default for field in fields(model)}
        self.names = list(names or defaults)
        self._defaults = [defaults[name] for name in self.names]
        self._decimals = [column for column, name in enumerate(self.names) if name in decimals]
        self._values: Callable[[object], tuple[Any, ...]] = attrgetter(*self.names)

    def encode_row(self, value: object) -> list[Any]:
        row = list(self._values(value))
        for column in self._decimals:
            if row[column] is not None:
                row[column] = str(row[column])
        return row

    def decode_rows(self, rows: Iterable[list[Any]], columns: Sequence[str]) -> Iterable[list[Any]]:
        """Convert rows to arguments of the model. Another version of this code may have stored other columns."""
        for stored in rows:
            row = stored if columns == self.names else self._arrange(dict(zip(columns, stored, strict=True)))
            for column in self._decimals:
                if row[column] is not None:
                    row[column] = Decimal(row[column])
            yield row

    def _arrange(self, stored: dict[str, Any]) -> list[Any]:
        return [stored.get(name, default) for name, default in zip(self.names, self._defaults, strict=True)]


_HOLDING_DECIMALS = frozenset(
    {"quantity", "price", "value", "cost_basis", "coupon", "multiplier", "unvested_quantity", "unvested_value"}
)
_OPTION_DECIMALS = frozenset({"strike", "contracts", "multiplier"})
_HOLDINGS = _Columns(Holding, _HOLDING_DECIMALS)
_OPTIONS = _Columns(Option, _OPTION_DECIMALS)
_VALUATIONS = _Columns(Valuation)
_ACCOUNTS = _Columns(Account, frozenset({"institution_total", "margin_loan"}))
_OPTION = _HOLDINGS.names.index("option")
_VALUATION = _HOLDINGS.names.index("valuation")

# The digest's columns are fixed: a new one would report every stored portfolio as changed at the next fetch.
_DIGESTED = _Columns(
    Holding,
    _HOLDING_DECIMALS,
    [
        "ticker", "name", "type", "quantity", "price", "price_as_of", "value", "cost_basis", "currency", "account_id",
        "account_name", "institution", "provider", "source_id", "exchange", "isin", "cusip", "is_cash", "option",
    ],
)  # fmt: skip
_DIGESTED_OPTION = _Columns(
    Option, _OPTION_DECIMALS, ["underlying", "kind", "strike", "expiry", "contracts", "multiplier"]
)


def encode(holdings: Sequence[Holding], accounts: Sequence[Account]) -> list[bytes]:
    """Encode holdings and accounts as slices, in order."""
    content = {
        "columns": [_HOLDINGS.names, _OPTIONS.names, _ACCOUNTS.names],
        "valuation_columns": _VALUATIONS.names,
        "holdings": [_encode_holding(holding) for holding in holdings],
        "accounts": [_ACCOUNTS.encode_row(account) for account in accounts],
    }
    packed = zlib.compress(_encode(content).encode(), _LEVEL)
    return [packed[start : start + _SLICE_BYTES] for start in range(0, len(packed), _SLICE_BYTES)]


def decode(slices: Iterable[bytes]) -> tuple[tuple[Holding, ...], tuple[Account, ...]]:
    """Decode the slices of one snapshot."""
    content = json.loads(zlib.decompress(b"".join(slices)))
    holding_columns, option_columns, account_columns = content["columns"]
    valuation_columns = content.get("valuation_columns")  # absent where no row has a valuation
    holdings = []
    for values in _HOLDINGS.decode_rows(content["holdings"], holding_columns):
        if values[_OPTION] is not None:
            [terms] = _OPTIONS.decode_rows([values[_OPTION]], option_columns)
            values[_OPTION] = Option(*terms)
        if values[_VALUATION] is not None:
            [reading] = _VALUATIONS.decode_rows([values[_VALUATION]], valuation_columns)
            values[_VALUATION] = Valuation(*reading)
        holdings.append(Holding(*values))
    accounts = _ACCOUNTS.decode_rows(content["accounts"], account_columns)
    return tuple(holdings), tuple(Account(*values) for values in accounts)


def digest(holdings: Sequence[Holding]) -> str:
    """Return a digest that is equal if two snapshots have the same holdings, in any order."""
    lines = sorted(_encode(_digested_row(holding)) for holding in holdings)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _digested_row(holding: Holding) -> list[Any]:
    row = _DIGESTED.encode_row(holding)
    if holding.option is not None:
        row[-1] = _DIGESTED_OPTION.encode_row(holding.option)
    if holding.unvested_quantity is not None or holding.unvested_value is not None:
        row += [_text(holding.unvested_quantity), _text(holding.unvested_value)]
    return row


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _encode_holding(holding: Holding) -> list[Any]:
    row = _HOLDINGS.encode_row(holding)
    if holding.option is not None:
        row[_OPTION] = _OPTIONS.encode_row(holding.option)
    if holding.valuation is not None:
        row[_VALUATION] = _VALUATIONS.encode_row(holding.valuation)
    return row
