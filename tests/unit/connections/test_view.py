"""What GET /connections lists, and whose status a connection shows."""

from typing import Any

import pytest

from tidings import clock
from tidings.connections.view import connections_body
from tidings.model import DuplicateOf, Source
from tidings.store.user_state import UserState

FETCHED, UPDATED = 1_771_400_000_000, 1_771_500_000_000
BROKEN: dict[str, Any] = {"status": "reconnect_required", "status_reason": "credential_lost"}


def row(source_id: str, item_id: str = "user", **values: Any) -> Source:  # noqa: ANN401 - a row's values
    return Source("snaptrade", source_id, item_id, "link", **values)


def listed(*rows: Source) -> Any:  # noqa: ANN401 - JSON
    return connections_body(UserState(rows, {}))["connections"]


def statuses(*rows: Source) -> list[tuple[str, str, str | None]]:
    return [(one["source_id"], one["status"], one["status_reason"]) for one in listed(*rows)]


def test_connection_shows_what_its_row_says() -> None:
    assert listed(row("first", institution="Bank", generation=2, last_update_at=UPDATED, last_fetched_at=FETCHED)) == [
        {
            "provider": "snaptrade",
            "source_id": "first",
            "institution": "Bank",
            "status": "ok",
            "status_reason": None,
            "pending": True,
            "last_update_at": clock.iso(UPDATED),
            "last_fetched_at": clock.iso(FETCHED),
            "duplicate_of": None,
            "unmatched_accounts": [],
        }
    ]


def test_working_item_is_not_listed_beside_its_connections() -> None:
    assert statuses(row("*"), row("first")) == [("first", "ok", None)]
    assert statuses(row("*")) == []


def test_broken_item_breaks_its_connections_alone() -> None:
    own: dict[str, Any] = {"status": "revoked", "status_reason": "gone"}
    assert statuses(row("*", **BROKEN), row("first"), row("second", **own), row("third", "another")) == [
        ("first", "reconnect_required", "credential_lost"),
        ("second", "revoked", "gone"),
        ("third", "ok", None),
    ]


def test_broken_item_without_connections_is_listed_itself() -> None:
    rows = (row("first"), row("*", **BROKEN), row("*", "another", **BROKEN))
    assert statuses(*rows) == [
        ("first", "reconnect_required", "credential_lost"),
        ("*", "reconnect_required", "credential_lost"),
    ]


@pytest.mark.parametrize(("original", "is_shown"), [("first", True), ("removed", False)])
def test_duplicate_names_its_original_while_both_are_there(original: str, is_shown: bool) -> None:
    repeated = row("second", duplicate_of=DuplicateOf("snaptrade", original, ("IRA",)))
    shown = listed(row("first"), repeated)[1]
    assert (shown["duplicate_of"], shown["unmatched_accounts"]) == ((original, ["IRA"]) if is_shown else (None, []))
