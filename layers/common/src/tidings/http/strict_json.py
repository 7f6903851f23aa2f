"""Parse JSON strictly (RFC 8259). Excessive depth or digits, wrong encoding and NaN all raise ValueError."""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn


def parse(raw: bytes, parse_float: Callable[[str], Any] = Decimal) -> Any:  # noqa: ANN401 - JSON is anything
    """Parse JSON. Raises ValueError if it is malformed. Numbers with a fraction become what `parse_float` makes."""
    try:
        return json.loads(raw.decode(), parse_float=parse_float, parse_constant=_reject_constant)
    except (RecursionError, InvalidOperation):
        raise ValueError("JSON out of bounds") from None


def parse_object(raw: bytes, parse_float: Callable[[str], Any] = Decimal) -> dict[str, Any]:
    """Parse a JSON object. Raises ValueError if the JSON is malformed or not an object."""
    parsed = parse(raw, parse_float)
    if isinstance(parsed, dict):
        return parsed
    raise ValueError("not an object")


def _reject_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
