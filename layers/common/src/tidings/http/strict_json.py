"""JSON as RFC 8259 has it. Whatever breaks the parser (depth, digits, encoding, NaN) is a ValueError."""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn


def parse(raw: bytes, parse_float: Callable[[str], Any] = Decimal) -> Any:  # noqa: ANN401 - JSON is anything
    """Floats become exact decimals, unless the caller wants another type."""
    try:
        return json.loads(raw.decode(), parse_float=parse_float, parse_constant=_refuse)
    except (RecursionError, InvalidOperation):
        raise ValueError("JSON out of bounds") from None


def parse_object(raw: bytes, parse_float: Callable[[str], Any] = Decimal) -> dict[str, Any]:
    parsed = parse(raw, parse_float)
    if isinstance(parsed, dict):
        return parsed
    raise ValueError("not an object")


def _refuse(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
