"""MiniStack, in its own process and environment, with routes that empty its tables, keep their rows and restore them.

Rows are kept without copies: MiniStack replaces a row that it changes.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.app import app as ministack
from ministack.services import dynamodb

Rows = dict[str, dict[str, Any]]
"""By partition and sort key."""

_kept: list[tuple[dict[str, Any], Rows]] = []


async def app(scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:  # noqa: ANN401
    """Serve `POST /tables/<action>`; MiniStack serves the rest."""
    action = _ACTIONS.get(scope.get("path", ""))
    if action is None:
        await ministack(scope, receive, send)
        return
    action()
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def _empty() -> None:
    for table in dynamodb._tables.all_values():
        _set_rows(table, {})


def _keep() -> None:
    _kept[:] = [(table, _copy(table["items"])) for table in dynamodb._tables.all_values()]


def _restore() -> None:
    for table, rows in _kept:
        _set_rows(table, _copy(rows))


_ACTIONS = {"/tables/empty": _empty, "/tables/keep": _keep, "/tables/restore": _restore}


def _set_rows(table: dict[str, Any], rows: Rows) -> None:
    table["items"] = defaultdict(dict, rows)
    dynamodb._items_replaced(table)


def _copy(rows: Rows) -> Rows:
    return {partition: dict(by_sort_key) for partition, by_sort_key in rows.items()}
