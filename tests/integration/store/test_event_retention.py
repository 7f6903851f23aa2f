"""How long the event log keeps what, and what it keeps of a deleted user."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.aws.account import table_name
from tests.support.aws.aws_calls import intercept_calls
from tests.support.aws.inserted_rows import EVERY, ITEM, KEY, UPDATE, event, plant, plant_item, plant_source, row
from tests.support.aws.tables import Row, Tables
from tidings.store import admin_queries, event_retention, events, items, updates
from tidings.store.events import Duplicate, EventRecord

DAY_S = 24 * 3600
UNTIMED = event("untimed")._replace(kept_for_good=True, item=str(ITEM), body='{"userId":"u"}', meaning='{"marks":true}')
RECEIVED_S = UNTIMED.received_at // 1000


def record_update(record: EventRecord) -> None:
    updates.record_update(KEY, UPDATE, record)


def record_orphan(record: EventRecord) -> None:
    items.record_orphan_update(ITEM, None, record)


def record_stale(record: EventRecord) -> None:
    updates.record_check_due(EVERY, record.received_at, record)


def record_only(record: EventRecord) -> None:
    events.record_event(record, "ignored")


WRITES = [record_update, record_orphan, record_stale, record_only]


@pytest.fixture(params=WRITES)
def record(tables: Tables, request: pytest.FixtureRequest) -> Callable[[EventRecord], None]:
    """Each write that records an event, with the rows that it needs."""
    if request.param is record_stale:
        plant(tables, "UpdateStateTable", user_id="ann", entry="source#snaptrade#*", link_id="l", item=ITEM)
    if request.param is record_update:
        plant_source(tables)
    return request.param  # type: ignore[no-any-return]


def event_rows(tables: Tables) -> dict[str, Row]:
    return {entry["event"]: entry for entry in tables.rows("WebhookEventsTable")}


def expire(tables: Tables, at_s: int) -> None:
    """Delete the rows that TTL deletes by then."""
    for key, entry in event_rows(tables).items():
        if int(entry.get("expires_at", at_s + 1)) <= at_s:
            tables.dynamodb.delete_item(TableName=table_name("WebhookEventsTable"), Key={"event": {"S": key}})


def test_untimed_event_keeps_only_its_key_after_30_days(tables: Tables, record: Callable[[EventRecord], None]) -> None:
    record(UNTIMED)
    expire(tables, RECEIVED_S + 30 * DAY_S)
    [kept] = event_rows(tables).values()
    assert kept == {
        "event": "seen#snaptrade#untimed",
        "expires_at": RECEIVED_S + 400 * DAY_S,
        "kind": "seen",
        "outcome": "seen",
        "received_at": 0,
    }


def test_untimed_event_is_duplicate_for_400_days(tables: Tables, record: Callable[[EventRecord], None]) -> None:
    record(UNTIMED)
    before = tables.contents()
    for day in (0, 30, 399):
        expire(tables, RECEIVED_S + day * DAY_S)
        kept = tables.contents()
        assert events.is_recorded(UNTIMED), day
        with pytest.raises(Duplicate):
            record(UNTIMED)
        assert tables.contents() == kept
    assert {name: rows for name, rows in kept.items() if name != "WebhookEventsTable"} == {
        name: rows for name, rows in before.items() if name != "WebhookEventsTable"
    }
    expire(tables, RECEIVED_S + 400 * DAY_S)
    assert event_rows(tables) == {}


def test_timed_event_leaves_nothing_after_30_days(tables: Tables, record: Callable[[EventRecord], None]) -> None:
    record(UNTIMED._replace(kept_for_good=False))
    expire(tables, RECEIVED_S + 30 * DAY_S - 1)
    assert len(event_rows(tables)) == 1
    expire(tables, RECEIVED_S + 30 * DAY_S)
    assert event_rows(tables) == {}


def test_blanked_event_keeps_key_and_outcome_only(tables: Tables) -> None:
    events.record_event(UNTIMED, "ignored")
    other = event("other")._replace(item="snaptrade#another")
    events.record_event(other, "ignored")
    [key] = event_retention.find_events([ITEM])
    event_retention.blank_event(key)
    rows = event_rows(tables)
    assert rows["snaptrade#untimed"].keys() == {"event", "kind", "outcome", "received_at", "expires_at"}
    assert rows["snaptrade#untimed"]["expires_at"] == RECEIVED_S + 30 * DAY_S, "it ends as it would have"
    assert rows["snaptrade#other"]["item"] == "snaptrade#another"
    assert event_retention.find_events([ITEM]) == ()
    with pytest.raises(Duplicate):
        events.record_event(UNTIMED, "ignored")


def plant_legacy_event(tables: Tables, name: str = "untimed") -> None:
    """Insert an untimed event as earlier versions recorded it, without an end."""
    stood = {"kind": "KIND", "outcome": "marked", "received_at": UNTIMED.received_at, "body": "{}", "item": ITEM}
    plant(tables, "WebhookEventsTable", event=f"snaptrade#{name}", **stood)


def test_blanked_event_of_earlier_version_ends_after_400_days(tables: Tables) -> None:
    plant_legacy_event(tables)
    [key] = event_retention.find_events([ITEM])
    event_retention.blank_event(key)
    assert event_rows(tables)["snaptrade#untimed"]["expires_at"] == RECEIVED_S + 400 * DAY_S


def test_expired_event_is_not_blanked_into_existence(tables: Tables) -> None:
    event_retention.blank_event(event_retention.EventKey("snaptrade#expired", 1))
    assert event_rows(tables) == {}


def test_untimed_events_of_earlier_version_get_an_end(tables: Tables) -> None:
    plant_legacy_event(tables)
    events.record_event(event("timed"), "ignored")
    assert event_retention.end_untimed_events() == 1
    assert event_retention.end_untimed_events() == 0
    assert event_rows(tables)["snaptrade#untimed"]["expires_at"] == RECEIVED_S + 30 * DAY_S
    expire(tables, RECEIVED_S + 30 * DAY_S)
    with pytest.raises(Duplicate):
        events.record_event(UNTIMED, "ignored")


def test_event_that_is_deleted_meanwhile_gets_no_end(tables: Tables) -> None:
    plant_legacy_event(tables)

    def delete(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if model.name == "TransactWriteItems":
            tables.clear()

    with intercept_calls(delete):
        assert event_retention.end_untimed_events() == 1
    assert event_rows(tables) == {}


def test_event_recorded_by_earlier_version_is_duplicate(tables: Tables) -> None:
    plant_item(tables)
    plant_source(tables)
    plant_legacy_event(tables)
    with pytest.raises(Duplicate):
        record_update(UNTIMED)
    with pytest.raises(Duplicate):
        updates.record_update(KEY, UPDATE, UNTIMED, create=True)
    assert row(tables)["generation"] == 2
    assert list(event_rows(tables)) == ["snaptrade#untimed"]


def test_event_log_lists_no_bare_keys(tables: Tables) -> None:
    events.record_event(UNTIMED, "ignored")
    listed = list(events.scan_events(0, UNTIMED.received_at + 1))
    assert [found.event.event_id for found in listed] == ["untimed"]
    assert [found.event_id for found in admin_queries.all_events()] == ["untimed"]
