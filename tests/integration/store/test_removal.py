"""Removals delete what was read, and nothing else."""

import json
from collections.abc import Callable
from itertools import count

import pytest
from pynamodb.transactions import TransactWrite

from tests.support.aws.inserted_rows import EVERY, ITEM, KEY, USER, plant, plant_head, plant_item, plant_source, row
from tests.support.aws.tables import Tables
from tidings.errors import StoreUnavailable
from tidings.store import items, removal
from tidings.store.conditional_writes import transact


def test_removal_requires_row_as_read(tables: Tables) -> None:
    plant_source(tables)
    plant_head(tables)
    before = tables.contents()
    assert not removal.remove_source(KEY, link_id="l0")
    assert tables.contents() == before
    assert removal.remove_source(KEY, link_id="l1")
    assert tables.heads(USER) == {}
    assert row(tables) == {}
    assert not removal.remove_source(KEY, link_id="l1")
    assert removal.remove_source(KEY)


def removals(tables: Tables) -> list[tuple[str, object]]:
    rows = [row for row in tables.rows("HistoryTable") if row["entry"].startswith("removed#")]
    return [(row["source"], json.loads(row["content"])["linked"]) for row in rows]


def test_removal_is_recorded_once(tables: Tables) -> None:
    plant_source(tables, linked_at=7)
    for _ in range(2):
        assert removal.remove_source(KEY)
        assert removals(tables) == [("snaptrade#c1", 7)]


def test_removal_without_row_records_nothing(tables: Tables) -> None:
    assert removal.remove_source(KEY)
    assert removal.remove_source(EVERY)
    assert removals(tables) == []


def test_removal_of_wildcard_row_records_nothing(tables: Tables) -> None:
    plant_source(tables, entry="source#snaptrade#*")
    assert removal.remove_source(EVERY)
    assert row(tables, "*") == {}
    assert removals(tables) == []


def test_removal_is_recorded_for_link_that_it_deletes(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_source(tables, linked_at=7)
    relinks = iter([{"link_id": "l2", "linked_at": 9}])

    def transact_after_relink(build: Callable[[TransactWrite], None]) -> None:
        for changed in relinks:
            plant_source(tables, **changed)
        transact(build)

    monkeypatch.setattr(removal, "transact", transact_after_relink)
    assert removal.remove_source(KEY)
    assert row(tables) == {}
    assert removals(tables) == [("snaptrade#c1", 9)]


def test_removal_ends_if_row_changes_at_every_attempt(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    links = count()

    def transact_after_relink(build: Callable[[TransactWrite], None]) -> None:
        plant_source(tables, link_id=f"l{next(links)}")
        transact(build)

    monkeypatch.setattr(removal, "transact", transact_after_relink)
    with pytest.raises(StoreUnavailable):
        removal.remove_source(KEY)
    assert row(tables) != {}


@pytest.mark.parametrize(("owner", "removed"), [("bob", False), (USER, True), (None, True)])
def test_item_removal_requires_owner(tables: Tables, owner: str | None, removed: bool) -> None:
    plant_item(tables, owner)
    plant_source(tables)
    for _ in range(2):
        assert removal.remove_source(KEY, with_item=True) == removed
        assert (tables.item("snaptrade", "u") is None) == removed
        assert (row(tables) == {}) == removed


@pytest.mark.parametrize(
    ("stood", "removed"),
    [
        ({"registered_at": 5}, True),
        ({"registered_at": 6}, False),
        ({}, False),
        ({"registered_at": 5, "registering_until": 10**15}, False),
        ({"registered_at": 5, "registering_until": 1}, True),
    ],
)
def test_removal_requires_registration_as_read(tables: Tables, stood: dict[str, int], removed: bool) -> None:
    plant_item(tables, USER, **stood)
    known = items.ItemRecord(USER, 5)
    assert removal.remove_source(EVERY, with_item=True, registration=known) == removed
    assert (tables.item("snaptrade", "u") is None) == removed


@pytest.mark.parametrize("stood", [{"registered_at": 6}, {"registered_at": 5, "registering_until": 10**15}])
def test_removal_of_earlier_registration_removes_nothing(tables: Tables, stood: dict[str, int]) -> None:
    plant_item(tables, USER, **stood)
    plant_source(tables)
    plant_head(tables)
    before = tables.contents()
    assert not removal.remove_item(USER, ITEM, registration=items.ItemRecord(USER, 5))
    assert not removal.remove_source(KEY, registration=items.ItemRecord(USER, 5))
    assert tables.contents() == before


def test_removal_of_registration_as_read_removes_everything(tables: Tables) -> None:
    plant_item(tables, USER, registered_at=5)
    plant_source(tables)
    plant_head(tables)
    known = items.ItemRecord(USER, 5)
    assert removal.remove_item(USER, ITEM, registration=known)
    assert removal.user_entries(USER) == []
    assert tables.heads(USER) == {}
    assert tables.item("snaptrade", "u") is None
    assert removal.remove_item(USER, ITEM, registration=known), "another run finished it before"


@pytest.mark.parametrize(("read_until", "removed"), [(10**15, True), (10**15 - 1, False), (0, False)])
def test_removal_requires_that_no_registration_has_begun_since_the_read(
    tables: Tables, read_until: int, removed: bool
) -> None:
    plant_item(tables, USER, registered_at=5, registering_until=10**15)
    plant_source(tables)
    assert removal.remove_item(USER, ITEM, registration=items.ItemRecord(USER, 5, read_until)) == removed
    assert (row(tables) == {}) == removed
    assert (tables.item("snaptrade", "u") is None) == removed


def test_tombstones_of_later_registration_stay(tables: Tables) -> None:
    plant_item(tables, USER, registered_at=6)
    plant(tables, "UpdateStateTable", user_id=USER, entry="removed#snaptrade#c1", item=ITEM)
    removal._remove_tombstones(USER, ITEM, items.ItemRecord(USER, 5))
    assert removal.user_entries(USER) == ["removed#snaptrade#c1"]
    removal._remove_tombstones(USER, ITEM, items.ItemRecord(USER, 6))
    assert removal.user_entries(USER) == []


def test_legacy_registration_is_removed_unless_renewed(tables: Tables) -> None:
    plant_item(tables, registered_at=6)
    assert not removal.remove_source(EVERY, with_item=True, registration=items.ItemRecord(USER))
    plant_item(tables)
    assert removal.remove_source(EVERY, with_item=True, registration=items.ItemRecord(USER))


def test_item_removal_deletes_only_own_tombstones(tables: Tables) -> None:
    plant_item(tables)
    plant_source(tables)
    plant(tables, "UpdateStateTable", user_id=USER, entry="removed#snaptrade#c9", item="snaptrade#other")
    assert removal.remove_source(KEY)
    assert removal.user_entries(USER) == ["removed#snaptrade#c1", "removed#snaptrade#c9"]
    assert removal.remove_item(USER, ITEM)
    assert removal.user_entries(USER) == ["removed#snaptrade#c9"]
