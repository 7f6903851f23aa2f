"""Put, delete and read rows in batches. DynamoDB may do a part of a batch; the rest is sent again, with full jitter.

pynamodb's own batches send the rest again at once, without a pause: a write twice at most, a read without end.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from tidings.store.conditional_writes import LeftOver, retry_conflicts, translate_read_errors, write
from tidings.store.tables import Row

_WRITES = 25
_READS = 100
"""DynamoDB's limits for one batch."""

R = TypeVar("R", bound=Row)
_Item = dict[str, Any]


def put_rows(rows: Iterable[Row]) -> None:
    """Put rows of one table, in no order. Raises StoreUnavailable; some may then be stored."""
    for page in _pages(rows, _WRITES):
        _write_page(type(page[0]), [row.serialize() for row in page], [])


def delete_rows(rows: Iterable[Row]) -> None:
    """Delete rows of one table, in no order; each needs only its key. Raises StoreUnavailable."""
    for page in _pages(rows, _WRITES):
        _write_page(type(page[0]), [], [_key(row) for row in page])


def _write_page(model: type[Row], puts: list[_Item], deletes: list[_Item]) -> None:
    def attempt() -> None:
        nonlocal puts, deletes
        response = model.table().batch_write_item(put_items=puts, delete_items=deletes)
        rest = response["UnprocessedItems"].get(model.Meta.table_name, [])
        puts = [request["PutRequest"]["Item"] for request in rest if "PutRequest" in request]
        deletes = [request["DeleteRequest"]["Key"] for request in rest if "DeleteRequest" in request]
        if rest:
            raise LeftOver

    write(attempt)


def read_rows(model: type[R], keys: Iterable[R], attributes: Sequence[str] | None = None) -> list[R]:
    """Read the rows with these keys, those that exist, with consistent reads and in no order."""
    with translate_read_errors(model):
        return [row for page in _pages(keys, _READS) for row in _read_page(model, page, attributes)]


def _read_page(model: type[R], keys: Sequence[R], attributes: Sequence[str] | None) -> list[R]:
    wanted: list[Any] = [_key(key) for key in keys]
    found: list[R] = []

    def attempt() -> None:
        nonlocal wanted
        response = model.table().batch_get_item(wanted, consistent_read=True, attributes_to_get=attributes)
        found.extend(model.from_raw_data(item) for item in response["Responses"].get(model.Meta.table_name, []))
        wanted = response["UnprocessedKeys"].get(model.Meta.table_name, {}).get("Keys")
        if wanted:
            raise LeftOver

    retry_conflicts(attempt)
    return found


def _key(row: Row) -> _Item:
    """Return the key of a row that has nothing else."""
    return row.serialize(null_check=False)


def _pages(rows: Iterable[R], size: int) -> Iterator[list[R]]:
    left = iter(rows)
    while page := list(islice(left, size)):
        yield page
