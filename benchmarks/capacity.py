"""Compute item sizes and capacity by DynamoDB's rules, to verify the engine's figures.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import math
from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
"""Attribute values by name, as DynamoDB's API writes them: {"generation": {"N": "7"}}."""


def item_bytes(item: Item) -> int:
    """Return the size of an item: attribute names count like values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "N":
            # One byte for two significant digits, one more for the number, and one for a minus sign.
            digits = str(content).lstrip("-").replace(".", "").strip("0")
            return math.ceil(len(digits) / 2) + 1 + str(content).startswith("-")
        case "B":
            return len(bytes(content))
        case "NULL" | "BOOL":
            return 1
    raise ValueError(f"no row has an attribute of type {kind}")


def write_units(size: int, *, transactional: bool) -> int:
    """Return one unit for each 1 KB of the larger of the item before and after. A transaction counts twice."""
    return max(1, math.ceil(size / 1024)) * (2 if transactional else 1)


def read_units(size: int, *, consistent: bool) -> float:
    """Return one unit for each 4 KB, or half if the read is eventually consistent."""
    return max(1, math.ceil(size / 4096)) * (1 if consistent else 0.5)
