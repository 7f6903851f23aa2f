"""What a removal leaves, and what is deleted with a user."""

from decimal import Decimal

import pytest

from tests.support.aws.inserted_rows import (
    EVERY,
    ITEM,
    KEY,
    USER,
    fetched,
    plant,
    plant_head,
    plant_item,
    plant_source,
    read,
    row,
)
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.errors import StoreUnavailable
from tidings.model import ItemKey
from tidings.store import history, removal, snapshots
from tidings.store.sources import SourceKey

SECOND = KEY._replace(source_id="c2")
PLAID = SourceKey.of_item(USER, ItemKey("plaid", "it"))
NOW = 1_790_000_000_000


def store_content(key: SourceKey) -> None:
    """Store parts and changes without a head, as a killed removal leaves them."""
    snapshots.save_content(key, read(), fetched(), NOW)
    history.changes_row(key, f"{NOW:013d}abcd", {"value": Decimal(1)}).save()


def content(tables: Tables) -> set[str]:
    """Return the heads whose parts are stored, and those whose changes are."""
    parts = {"#".join(one["entry"].split("#")[:2]) for one in tables.rows("HoldingsTable")}
    changes = {
        f"changes of {one['source']}" for one in tables.rows("HistoryTable") if one["entry"].startswith("change#")
    }
    return parts | changes


def test_removal_leaves_tombstone_for_a_day(tables: Tables, now: StoppedClock) -> None:
    plant_source(tables)
    assert removal.remove_source(KEY)
    assert tables.rows("UpdateStateTable") == [
        {
            "user_id": USER,
            "entry": "removed#snaptrade#c1",
            "item": str(ITEM),
            "expires_at": now.now // 1000 + 24 * 3600,
        }
    ]


def test_removal_with_item_leaves_no_tombstone(tables: Tables) -> None:
    plant_item(tables)
    plant_source(tables)
    assert removal.remove_source(KEY, with_item=True)
    assert tables.rows("UpdateStateTable") == []


def test_removal_deletes_content_of_its_provider_without_source(tables: Tables) -> None:
    plant_source(tables)
    plant_source(tables, entry="source#snaptrade#c2")
    for key in (KEY, SECOND, PLAID):
        store_content(key)
    assert removal.remove_source(KEY)
    assert content(tables) == {"snaptrade#c2", "changes of snaptrade#c2", "plaid#it"}


def test_removal_may_leave_content_for_one_deletion(tables: Tables) -> None:
    plant_source(tables)
    for key in (KEY, PLAID):
        store_content(key)
    assert removal.remove_source(KEY, leaves_content=True)
    assert content(tables) == {"snaptrade#c1", "changes of snaptrade#c1", "plaid#it", "changes of plaid#it"}
    removal.remove_leftovers(USER)
    assert content(tables) == set()


def test_changes_without_content_are_deleted(tables: Tables) -> None:
    history.changes_row(KEY, f"{NOW:013d}abcd", {"value": Decimal(1)}).save()
    removal.remove_leftovers(USER, "snaptrade")
    assert content(tables) == set()


def test_content_without_changes_is_deleted(tables: Tables) -> None:
    snapshots.save_content(KEY, read(), fetched(), NOW)
    removal.remove_leftovers(USER, "snaptrade")
    assert content(tables) == set()


def test_content_of_linked_source_stays(tables: Tables) -> None:
    plant_source(tables)
    store_content(KEY)
    removal.remove_leftovers(USER, "snaptrade")
    assert content(tables) == {"snaptrade#c1", "changes of snaptrade#c1"}


def test_removal_of_item_removes_each_of_its_sources(tables: Tables) -> None:
    plant_item(tables)
    for source_id in ("c1", "c2", "*"):
        plant_source(tables, entry=f"source#snaptrade#{source_id}")
    plant_source(tables, entry="source#snaptrade#other", item="snaptrade#other")
    assert removal.remove_item(USER, ITEM)
    assert removal.user_entries(USER) == ["source#snaptrade#other"]
    assert tables.item("snaptrade", "u") is None


def test_removal_that_fails_midway_keeps_item_for_the_next_run(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_item(tables)
    plant_source(tables)
    store_content(KEY)
    with monkeypatch.context() as patched:
        patched.setattr(removal, "_ATTEMPTS", 0)
        with pytest.raises(StoreUnavailable):
            removal.remove_item(USER, ITEM)
    assert tables.item("snaptrade", "u") is not None
    assert removal.remove_item(USER, ITEM)
    assert content(tables) == set()
    assert tables.item("snaptrade", "u") is None


def test_source_that_appears_during_removal_of_its_item_is_removed(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_item(tables)
    plant_source(tables)
    deleting = removal.remove_leftovers

    def delete_then_appear(user_id: str, provider: str) -> None:
        deleting(user_id, provider)  # type: ignore[arg-type]
        if tables.item("snaptrade", "u"):
            plant_source(tables, entry="source#snaptrade#c2")

    monkeypatch.setattr(removal, "remove_leftovers", delete_then_appear)
    assert removal.remove_item(USER, ITEM)
    assert removal.user_entries(USER) == []


def plant_user(tables: Tables) -> None:
    for entry in ("source#snaptrade#c1", "claim#snaptrade", "removed#snaptrade#c9", "ended"):
        plant(tables, "UpdateStateTable", user_id=USER, entry=entry, item=ITEM)
    plant_head(tables)
    store_content(KEY)
    plant_source(tables, user_id="bob")
    store_content(KEY._replace(user_id="bob"))


def test_forgotten_user_keeps_cooldown_and_marker(tables: Tables) -> None:
    plant_user(tables)
    removal.forget_user(USER)
    assert removal.user_entries(USER) == ["claim#snaptrade", "ended", "source#snaptrade#c1"]
    assert {one["user_id"] for one in tables.rows("HistoryTable")} == {"bob"}
    assert len(tables.heads(USER)) == 1


def test_erased_user_leaves_nothing(tables: Tables) -> None:
    plant_user(tables)
    removal.erase_user(USER)
    for table in ("UpdateStateTable", "HoldingsTable", "HistoryTable"):
        assert {one["user_id"] for one in tables.rows(table)} == {"bob"}, table
    removal.erase_user(USER)


@pytest.mark.parametrize("unavailable", ["HoldingsTable", "HistoryTable"])
def test_marker_of_user_is_erased_last(tables: Tables, unavailable: str) -> None:
    plant_user(tables)
    with tables.without_table(unavailable), pytest.raises(StoreUnavailable):
        removal.erase_user(USER)
    assert removal.user_entries(USER) == ["ended"]


def test_wildcard_row_is_removed_without_tombstone_of_its_own_link(tables: Tables) -> None:
    plant_item(tables)
    plant_source(tables, entry="source#snaptrade#*")
    assert removal.remove_source(EVERY, with_item=True)
    assert row(tables, "*") == {}
    assert removal.user_entries(USER) == []
