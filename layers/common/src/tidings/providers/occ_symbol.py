"""Parse and write option symbols of the Options Clearing Corporation (OSI): root, yymmdd, C or P, strike x 1000.

Symbols are written without padding (`AAPL261218C00240000`); the OCC pads the root to six characters.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from tidings.holdings import Option

_SYMBOL = re.compile(r"(?:O:)?([A-Z0-9.]{1,6}) *((\d{2})(\d{2})(\d{2})([CP])(\d{8}))")
"""Some sources write `O:` before an option's symbol."""
Kind = Literal["call", "put"]
_KINDS: dict[str, Kind] = {"call": "call", "put": "put"}


class OccSymbol(NamedTuple):
    """The terms that an option symbol names; `expiry` is an ISO date."""

    root: str
    expiry: str
    kind: Kind
    strike: Decimal


def parse_kind(text: str | None) -> Kind | None:
    """Parse a provider's word for call or put, in any case."""
    return _KINDS.get((text or "").lower())


def parse_occ_symbol(symbol: str | None) -> OccSymbol | None:
    """Parse an option symbol, padded or not. Returns None if `symbol` is none."""
    found = _SYMBOL.fullmatch(symbol or "")
    if found is None:
        return None
    root, _, year, month, day, kind, strike = found.groups()
    try:
        expiry = date(2000 + int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
    return OccSymbol(root, expiry, "call" if kind == "C" else "put", Decimal(strike).scaleb(-3).normalize() + 0)


def complete_terms(
    symbol: str | None,
    *,
    kind: str | None,
    strike: Decimal | None,
    expiry: str | None,
    underlying: str | None,
    root: str | None = None,
    multiplier: Decimal | None = None,
) -> Option | None:
    """Return an option's terms from a provider's fields, or from the OCC symbol where a field is missing.

    `root`: the underlying if neither names one. Returns None if a term is unknown; the contracts are still to be set.
    """
    occ = parse_occ_symbol(symbol)
    known_kind = parse_kind(kind) or (occ.kind if occ else None)
    known_strike = occ.strike if strike is None and occ else strike
    known_expiry = expiry or (occ.expiry if occ else None)
    name = underlying or (occ.root if occ else root)
    if known_kind is None or known_strike is None or known_expiry is None or name is None:
        return None
    return Option(name, known_kind, known_strike, known_expiry, None, multiplier, occ.root if occ else None)


def compact_occ_symbol(symbol: str | None, option: Option) -> str:
    """Return `symbol` without padding if it is an option symbol, else build one from the option's terms.

    A valid symbol is kept because its root may differ from the underlying.
    """
    found = _SYMBOL.fullmatch(symbol or "")
    if found is not None and parse_occ_symbol(symbol) is not None:
        return found[1] + found[2]
    year, month, day = option.expiry.split("-")
    letter = "C" if option.kind == "call" else "P"
    return f"{option.underlying}{year[2:]}{month}{day}{letter}{int(option.strike * 1000):08}"
