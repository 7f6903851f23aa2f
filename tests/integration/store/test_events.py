"""Conditions of the writes that record an event."""

import pytest

from tests.support.aws.inserted_rows import ITEM, KEY, UPDATE, USER, event, plant_item, plant_source, row
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.model import StatusChange
from tidings.store import items, removal, sources, updates
from tidings.store.events import Duplicate
from tidings.store.sources import NotLinked, Removed
from tidings.store.updates import SourceUpdate


def test_event_is_counted_once(tables: Tables) -> None:
    plant_source(tables)
    assert updates.record_update(KEY, UPDATE, event()) == "marked"
    with pytest.raises(Duplicate):
        updates.record_update(KEY, UPDATE, event())
    with pytest.raises(Duplicate):
        updates.record_update(KEY, SourceUpdate(marks=False, status=None, at=None), event())
    assert updates.record_update(KEY, SourceUpdate(marks=False, status=None, at=None), event("e2")) == "outdated"
    assert row(tables)["generation"] == 3
    assert row(tables)["last_update_at"] == event().received_at


def test_event_may_name_institution(tables: Tables) -> None:
    plant_source(tables)
    assert updates.record_update(KEY, UPDATE, event()) == "marked"
    assert "institution" not in row(tables)
    assert updates.record_update(KEY, UPDATE._replace(institution="Broker"), event("e2")) == "marked"
    assert row(tables)["institution"] == "Broker"


@pytest.mark.parametrize("stood", [None, {"link_id": None}])
def test_update_without_row_is_not_recorded(tables: Tables, stood: dict[str, object] | None) -> None:
    if stood is not None:
        plant_source(tables, **stood)
    before = tables.contents()
    with pytest.raises(NotLinked):
        updates.record_update(KEY, UPDATE, event())
    assert tables.contents() == before


def test_first_event_creates_row_and_later_keep_link(tables: Tables) -> None:
    plant_item(tables)
    assert updates.record_update(KEY, UPDATE, event(), create=True) == "marked"
    link = row(tables)["link_id"]
    assert updates.record_update(KEY, UPDATE, event("e2"), create=True) == "marked"
    assert (row(tables)["link_id"], row(tables)["generation"], row(tables)["item"]) == (link, 2, str(ITEM))
    sources.create_discovered(KEY, "Broker")
    assert (row(tables)["link_id"], row(tables)["generation"], row(tables)["institution"]) == (link, 2, "Broker")


@pytest.mark.parametrize("owner", [None, "bob"])
def test_only_owner_gets_row(tables: Tables, owner: str | None) -> None:
    plant_item(tables, owner)
    with pytest.raises(NotLinked):
        updates.record_update(KEY, UPDATE, event(), create=True)
    with pytest.raises(NotLinked):
        sources.create_discovered(KEY, None)
    assert not any([tables.rows("UpdateStateTable"), tables.rows("WebhookEventsTable")])


@pytest.mark.parametrize(("after_s", "appears"), [(24 * 3600 - 1, False), (24 * 3600, True)])
def test_removed_source_stays_removed_for_a_day(tables: Tables, now: StoppedClock, after_s: int, appears: bool) -> None:
    plant_item(tables)
    plant_source(tables)
    now.now -= now.now % 1000
    assert removal.remove_source(KEY)
    now.advance(after_s)
    if appears:
        sources.create_discovered(KEY, None)
        assert row(tables)["item"] == str(ITEM)
        assert row(tables)["link_id"]
        assert updates.record_update(KEY, UPDATE, event(), create=True) == "marked"
    else:
        with pytest.raises(Removed):
            sources.create_discovered(KEY, None)
        with pytest.raises(Removed):
            updates.record_update(KEY, UPDATE, event(), create=True)
    assert bool(row(tables)) == appears


@pytest.mark.parametrize(
    ("stood", "at", "status"),
    [(None, 10, "ok"), (9, 10, "ok"), (10, 10, "reconnect_required"), (11, 10, "reconnect_required"), (11, None, "ok")],
)
def test_older_status_is_refused_but_update_recorded(
    tables: Tables, stood: int | None, at: int | None, status: str
) -> None:
    plant_source(tables, status="reconnect_required", status_reason="login", status_at=stood, status_version=1)
    assert updates.record_update(KEY, SourceUpdate(marks=True, status=StatusChange("ok"), at=at), event()) == "marked"
    after, taken = row(tables), status == "ok"
    assert (after["status"], after["generation"], after["status_version"]) == (status, 3, 1 + taken)
    assert after.get("status_reason") == (None if taken else "login")
    assert after.get("status_at") == (at if taken and at is not None else stood)


def test_refused_status_alone_is_outdated(tables: Tables) -> None:
    plant_source(tables, status_at=10)
    broken = StatusChange("reconnect_required", "login")
    assert updates.record_update(KEY, SourceUpdate(marks=False, status=broken, at=9), event()) == "outdated"
    assert updates.record_update(KEY, SourceUpdate(marks=False, status=broken, at=11), event("e2")) == "status"
    assert row(tables)["generation"] == 2
    assert "last_update_at" not in row(tables)


@pytest.mark.parametrize(
    ("stood", "status"), [(None, "expiring"), ("ok", "expiring"), ("reconnect_required", "reconnect_required")]
)
def test_expiring_status_never_hides_broken_status(tables: Tables, stood: str | None, status: str) -> None:
    plant_source(tables, status=stood)
    change = SourceUpdate(marks=False, status=StatusChange("expiring", "soon", over=frozenset({"ok"})), at=None)
    assert updates.record_update(KEY, change, event()) == ("status" if status == "expiring" else "outdated")
    assert row(tables)["status"] == status


@pytest.mark.parametrize("owner", [USER, "bob"])
def test_orphan_update_requires_unlinked_item(tables: Tables, owner: str) -> None:
    items.record_orphan_update(ITEM, StatusChange("reconnect_required", "login"), event())
    with pytest.raises(Duplicate):
        items.record_orphan_update(ITEM, None, event())
    [orphan] = tables.rows("ProviderItemsTable")
    assert (orphan["orphan_generation"], orphan["orphan_status"], orphan["orphan_reason"]) == (
        1,
        "reconnect_required",
        "login",
    )
    assert orphan["expires_at"] == event().received_at // 1000 + 30 * 24 * 3600
    plant_item(tables, owner)
    with pytest.raises(items.AlreadyLinked):
        items.record_orphan_update(ITEM, None, event("e2"))
    assert "orphan_generation" not in (tables.item("snaptrade", "u") or {})
    assert len(tables.rows("WebhookEventsTable")) == 1


@pytest.mark.parametrize(
    ("stood", "change", "done"),
    [
        ({}, UPDATE, True),
        ({"last_update_at": 9}, UPDATE, True),
        ({"last_update_at": 10}, UPDATE, False),
        ({"link_id": None}, UPDATE, False),
        ({"status_at": 6}, SourceUpdate(marks=False, status=StatusChange("reconnect_required", "login"), at=7), True),
        ({}, SourceUpdate(marks=False, status=StatusChange("reconnect_required", "login"), at=7), True),
        ({"status_at": 7}, SourceUpdate(marks=False, status=StatusChange("reconnect_required", "login"), at=7), False),
        ({"status_at": 7}, SourceUpdate(marks=True, status=StatusChange("reconnect_required", "login"), at=7), False),
        ({}, SourceUpdate(marks=False, status=StatusChange("reconnect_required", "login"), at=None), False),
    ],
)
def test_replayed_update_changes_nothing_newer(
    tables: Tables, stood: dict[str, object], change: SourceUpdate, done: bool
) -> None:
    plant_source(tables, **stood)
    before = row(tables)
    assert updates.replay_update(KEY, change, 10) == done
    after = row(tables)
    if not done:
        assert after == before
        return
    if change.marks:
        assert (after["generation"], after["last_update_at"]) == (3, 10)
    if change.status:
        assert (after["status"], after["status_at"], after["status_version"]) == ("reconnect_required", 7, 1)


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize(
    ("stood", "newest"), [(None, True), (-1, True), (0, True), (1, False)], ids=["none", "older", "equal", "newer"]
)
def test_deferred_event_does_not_set_last_update_back(
    tables: Tables, stood: int | None, newest: bool, create: bool
) -> None:
    plant_item(tables)
    received_at = event().received_at
    last_update_at = None if stood is None else received_at + stood
    plant_source(tables, last_update_at=last_update_at)
    assert updates.record_update(KEY, UPDATE, event(), create=create) == "marked"
    assert row(tables)["last_update_at"] == (received_at if newest else last_update_at)
    assert row(tables)["generation"] == 3


def test_event_older_in_both_ways_still_counts(tables: Tables) -> None:
    later = event().received_at + 1
    plant_source(tables, last_update_at=later, status="reconnect_required", status_at=10, status_version=1)
    change = SourceUpdate(marks=True, status=StatusChange("ok"), at=9)
    assert updates.record_update(KEY, change, event()) == "marked"
    after = row(tables)
    assert (after["generation"], after["last_update_at"]) == (3, later)
    assert (after["status"], after["status_version"]) == ("reconnect_required", 1)


def test_newer_status_of_deferred_event_is_set(tables: Tables) -> None:
    later = event().received_at + 1
    plant_source(tables, last_update_at=later, status="reconnect_required", status_at=10, status_version=1)
    change = SourceUpdate(marks=True, status=StatusChange("ok"), at=11)
    assert updates.record_update(KEY, change, event()) == "marked"
    assert (row(tables)["status"], row(tables)["last_update_at"]) == ("ok", later)
