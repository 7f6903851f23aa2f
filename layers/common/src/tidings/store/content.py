"""How a snapshot's content is stored: compressed JSON with decimals as text, in slices that fit a DynamoDB item."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from tidings.model import Account, Holding, Option

_SLICE_BYTES = 300_000
_HOLDING = tuple(field.name for field in fields(Holding))
_ACCOUNT = tuple(field.name for field in fields(Account))
_OPTION = tuple(field.name for field in fields(Option))
_HOLDING_DECIMALS = ("quantity", "price", "value", "cost_basis")
_OPTION_DECIMALS = ("strike", "contracts", "multiplier")


def pack(holdings: Sequence[Holding], accounts: Sequence[Account]) -> list[bytes]:
    """The content as slices, in order."""
    content = {
        "holdings": [_plain_holding(holding) for holding in holdings],
        "accounts": [_plain(account, _ACCOUNT, ("institution_total",)) for account in accounts],
    }
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode())
    return [packed[start : start + _SLICE_BYTES] for start in range(0, len(packed), _SLICE_BYTES)]


def unpack(slices: Iterable[bytes]) -> tuple[tuple[Holding, ...], tuple[Account, ...]]:
    content = json.loads(zlib.decompress(b"".join(slices)))
    return (
        tuple(_holding(plain) for plain in content["holdings"]),
        tuple(Account(**_exact(plain, ("institution_total",))) for plain in content["accounts"]),
    )


def digest(holdings: Sequence[Holding]) -> str:
    """Tells whether two snapshots hold the same, in whatever order the provider listed it."""
    lines = sorted(json.dumps(_plain_holding(holding), separators=(",", ":")) for holding in holdings)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _plain(value: object, names: tuple[str, ...], decimals: tuple[str, ...]) -> dict[str, Any]:
    plain = {name: getattr(value, name) for name in names}
    for name in decimals:
        if plain[name] is not None:
            plain[name] = str(plain[name])
    return plain


def _plain_holding(holding: Holding) -> dict[str, Any]:
    plain = _plain(holding, _HOLDING, _HOLDING_DECIMALS)
    if holding.option is not None:
        plain["option"] = _plain(holding.option, _OPTION, _OPTION_DECIMALS)
    return plain


def _holding(plain: dict[str, Any]) -> Holding:
    option = plain["option"]
    if option is not None:
        plain["option"] = Option(**_exact(option, _OPTION_DECIMALS))
    return Holding(**_exact(plain, _HOLDING_DECIMALS))


def _exact(plain: dict[str, Any], decimals: tuple[str, ...]) -> dict[str, Any]:
    for name in decimals:
        if plain[name] is not None:
            plain[name] = Decimal(plain[name])
    return plain
