"""What an event changes of its source, if the source has something newer or nothing yet."""

import pytest

from tests.support.aws.inserted_rows import ITEM, KEY, UPDATE, USER, event, plant, plant_item, plant_source, row
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.model import StatusChange
from tidings.store import updates
from tidings.store.sources import NotLinked
from tidings.store.updates import SourceUpdate

RECEIVED = event().received_at
BROKEN = StatusChange("reconnect_required", "login")


@pytest.mark.parametrize("at", [9, 11])
def test_institution_of_event_is_stored_even_if_its_status_is_older(tables: Tables, at: int) -> None:
    plant_source(tables, status="ok", status_at=10, last_update_at=RECEIVED + 1)
    change = SourceUpdate(marks=True, status=BROKEN, at=at, institution="Broker")
    assert updates.record_update(KEY, change, event()) == "marked"
    assert row(tables)["institution"] == "Broker"
    assert row(tables)["status"] == ("ok" if at == 9 else "reconnect_required")


@pytest.mark.parametrize("last_update_at", [None, RECEIVED - 1, RECEIVED])
def test_newest_update_is_dated_even_if_its_status_is_older(tables: Tables, last_update_at: int | None) -> None:
    plant_source(tables, status="ok", status_at=10, last_update_at=last_update_at)
    assert updates.record_update(KEY, SourceUpdate(marks=True, status=BROKEN, at=9), event()) == "marked"
    assert (row(tables)["last_update_at"], row(tables)["status"]) == (RECEIVED, "ok")


def test_status_of_deferred_event_is_set_although_later_update_was_received(tables: Tables) -> None:
    plant_source(tables, last_update_at=RECEIVED + 1)
    change = SourceUpdate(marks=False, status=BROKEN, at=None)
    assert updates.record_update(KEY, change, event()) == "status"
    assert (row(tables)["status"], row(tables)["last_update_at"]) == ("reconnect_required", RECEIVED + 1)


@pytest.mark.parametrize(
    ("change", "outcome", "stored"),
    [
        (UPDATE, "marked", {"generation": 1, "last_update_at": RECEIVED}),
        (
            SourceUpdate(marks=False, status=BROKEN, at=None),
            "status",
            {"status": "reconnect_required", "status_reason": "login", "status_version": 1},
        ),
        (
            SourceUpdate(marks=False, status=StatusChange("ok"), at=7),
            "status",
            {"status": "ok", "status_version": 1, "status_at": 7},
        ),
    ],
)
def test_event_of_unknown_source_creates_its_row(
    tables: Tables, now: StoppedClock, change: SourceUpdate, outcome: str, stored: dict[str, object]
) -> None:
    plant_item(tables)
    assert updates.record_update(KEY, change, event(), create=True) == outcome
    created = row(tables)
    assert len(created.pop("link_id")) > 8
    assert created == {
        "user_id": "ann",
        "entry": "source#snaptrade#c1",
        "item": str(ITEM),
        "linked_at": now.now,
        **stored,
    }


@pytest.mark.parametrize(
    "held",
    [
        {"entry": "removed#snaptrade#c1", "expires_at": 10**12},
        {"entry": "source#snaptrade#c1", "link_id": "l1", "last_update_at": RECEIVED + 1},
    ],
    ids=["removed", "newer"],
)
def test_event_of_item_of_another_user_changes_nothing(tables: Tables, held: dict[str, object]) -> None:
    plant_item(tables, "bob")
    plant(tables, "UpdateStateTable", user_id=USER, **held)
    before = tables.contents()
    with pytest.raises(NotLinked):
        updates.record_update(KEY, UPDATE, event(), create=True)
    assert tables.contents() == before


def test_event_of_known_source_sets_neither_item_nor_link(tables: Tables) -> None:
    plant_source(tables, item=None)
    assert updates.record_update(KEY, UPDATE, event()) == "marked"
    assert not {"item", "linked_at"} & set(row(tables))


def test_event_without_meaning_is_recorded_without_row(tables: Tables) -> None:
    assert updates.record_update(KEY, SourceUpdate(marks=False, status=None, at=7), event(), create=True) == "outdated"
    assert [one["outcome"] for one in tables.rows("WebhookEventsTable")] == ["outdated"]
    assert row(tables) == {}


def test_replayed_update_may_have_a_time_without_status(tables: Tables) -> None:
    plant_source(tables, status_at=9)
    assert updates.replay_update(KEY, SourceUpdate(marks=True, status=None, at=7), 10)
    assert (row(tables)["generation"], row(tables)["status_at"]) == (3, 9)
    assert not updates.replay_update(KEY, SourceUpdate(marks=False, status=None, at=7), 11)


def test_replayed_update_with_untimed_status_sets_the_update_alone(tables: Tables) -> None:
    plant_source(tables)
    assert updates.replay_update(KEY, SourceUpdate(marks=True, status=BROKEN, at=None), 10)
    assert row(tables)["generation"] == 3
    assert "status" not in row(tables)
