"""A day's point is stored with its snapshot, and what is deleted is deleted whole."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.aws.inserted_rows import KEY, USER, fetched, plant_source, read
from tests.support.aws.tables import Tables
from tidings.store import history, snapshots
from tidings.store.history import HistoryEntry
from tidings.store.observations import DayObservation, ObservedAccount
from tidings.store.sources import SourceKey

DAY = date(2026, 11, 30)
NOON = 1_796_040_000_000
OTHER = SourceKey(USER, "plaid", "item", KEY.item)


def point(value: int, at: int = NOON, key: SourceKey = KEY) -> HistoryEntry:
    account = ObservedAccount("a", {"USD": Decimal(value)}, at)
    return history.day_row(key, DayObservation(DAY, (key.provider, key.source_id), at, None, (account,)))


def commit(value: int, at: int, **row: object) -> str | None:
    source = read(**row)
    return snapshots.commit(KEY, source, snapshots.save_content(KEY, source, fetched(), at), None, [point(value, at)])


def stored(tables: Tables) -> dict[str, Any]:
    rows = tables.rows("HistoryTable")
    return {row["entry"]: json.loads(row["content"])["accounts"][0]["values"]["USD"] for row in rows}


def test_point_is_stored_with_its_snapshot_only(tables: Tables) -> None:
    plant_source(tables)
    assert commit(1, NOON) is None
    assert commit(2, NOON - 1) == "superseded"
    assert stored(tables) == {"day#2026-11-30#snaptrade#c1": "1"}
    plant_source(tables, link_id="l2")
    assert commit(3, NOON + 1) == "gone"
    assert stored(tables) == {"day#2026-11-30#snaptrade#c1": "1"}


def test_later_commit_of_a_day_replaces_its_point(tables: Tables) -> None:
    plant_source(tables)
    for number in range(3):
        assert commit(number, NOON + number) is None
    assert stored(tables) == {"day#2026-11-30#snaptrade#c1": "2"}


def test_sources_of_one_day_have_a_point_each(tables: Tables) -> None:
    for key in (KEY, OTHER):
        point(5, key=key).save()
    assert len(stored(tables)) == 2
    history.forget_source(KEY)
    assert list(stored(tables)) == ["day#2026-11-30#plaid#item"]


@pytest.mark.parametrize("forget", [lambda: history.forget_source(KEY), lambda: history.forget_user(USER)])
def test_deletion_reads_consistently(tables: Tables, monkeypatch: pytest.MonkeyPatch, forget: Any) -> None:  # noqa: ANN401
    """A point that was committed just now must not outlast the deletion."""
    requested: list[bool] = []
    table = HistoryEntry.table()
    query = table.query

    def record(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        requested.append(bool(named.get("consistent_read")))
        return query(*arguments, **named)

    monkeypatch.setattr(table, "query", record)
    point(5).save()
    forget()
    assert requested == [True]
    assert stored(tables) == {}
