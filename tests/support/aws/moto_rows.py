"""moto's rows, copied and measured cheaply: it copies whole tables before each transaction, and each updated row."""

from copy import deepcopy
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

_CHANGED_IN_PLACE = frozenset({"L", "M", "SS", "NS", "BS"})
"""moto replaces values of the other types as a whole, so that copies of a row can share them."""
_MAX_ROW_BYTES = 405_000
"""moto's limit, between DynamoDB's 400 KB and what it lets pass."""

_copy_container = DynamoType.__deepcopy__


def _copy_value(value: DynamoType, memo: dict[int, Any]) -> DynamoType:
    return _copy_container(value, memo) if value.type in _CHANGED_IN_PLACE else value


_set_attribute = LimitedSizeDict.__setitem__


def _set_bounded(attributes: LimitedSizeDict, name: str, value: Any) -> None:  # noqa: ANN401 - as moto's own
    # moto adds up the size of all attributes for each of them. Here it does so for rows that may have grown too large.
    bound = vars(attributes).get("bound", _MAX_ROW_BYTES if attributes else 0)
    is_fixed = type(value) is DynamoType and value.type not in _CHANGED_IN_PLACE
    bound += len(name.encode()) + value.size() if is_fixed else _MAX_ROW_BYTES
    if bound > _MAX_ROW_BYTES:
        _set_attribute(attributes, name, value)
    else:
        dict.__setitem__(attributes, name, value)
    attributes.bound = bound  # type: ignore[attr-defined]


def _copy_item(item: Item, memo: dict[int, Any]) -> Item:
    copied: Item = object.__new__(type(item))
    copied.hash_key, copied.range_key, copied.attrs = item.hash_key, item.range_key, LimitedSizeDict()
    vars(copied.attrs).update(vars(item.attrs))
    # The method of `dict`: moto's own would add up the size of all attributes for each of them.
    dict.update(copied.attrs, {name: _copy_value(value, memo) for name, value in item.attrs.items()})
    return copied


def _copy_table(table: Table, memo: dict[int, Any]) -> Table:
    copied: Table = object.__new__(type(table))
    vars(copied).update(vars(table))
    copied.items = deepcopy(table.items, memo)
    return copied


LimitedSizeDict.__setitem__ = _set_bounded  # type: ignore[method-assign]
DynamoType.__deepcopy__ = _copy_value  # type: ignore[method-assign, assignment]
Item.__deepcopy__ = _copy_item  # type: ignore[method-assign, assignment]
Table.__deepcopy__ = _copy_table  # type: ignore[attr-defined]
