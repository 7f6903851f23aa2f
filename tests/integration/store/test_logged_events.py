"""What the event log stores of an event, and how it is read again."""

import pytest

from tests.support.aws.account import table_name
from tests.support.aws.aws_calls import OperationRecorder, intercept_calls
from tests.support.aws.inserted_rows import ITEM, event, plant
from tests.support.aws.tables import Tables
from tidings.model import ItemKey
from tidings.store import event_retention, events
from tidings.store.events import EventRecord, LoggedEvent

RECEIVED = event().received_at
FULL = event("full")._replace(item=str(ITEM), body='{"a":1}', meaning='{"marks":true}')


def record_at(name: str, received_at: int, item: ItemKey = ITEM) -> EventRecord:
    record = event(name)._replace(received_at=received_at, item=str(item))
    events.record_event(record, "marked")
    return record


def test_event_is_stored_for_thirty_days(tables: Tables) -> None:
    events.record_event(FULL, "marked")
    [row] = tables.rows("WebhookEventsTable")
    assert row == {
        "event": "snaptrade#full",
        "item": "snaptrade#u",
        "kind": "KIND",
        "outcome": "marked",
        "received_at": RECEIVED,
        "body": '{"a":1}',
        "meaning": '{"marks":true}',
        "expires_at": RECEIVED // 1000 + 30 * 24 * 3600,
    }


def test_event_without_item_and_meaning_stores_neither(tables: Tables) -> None:
    events.record_event(event(), "marked")
    [row] = tables.rows("WebhookEventsTable")
    assert not {"item", "meaning"} & set(row)


def test_stored_event_is_found(tables: Tables) -> None:
    events.record_event(FULL, "marked")
    assert events.find_event("snaptrade", "full") == LoggedEvent(FULL, "marked")
    assert events.find_event("plaid", "full") is None
    assert events.find_event("snaptrade", "none") is None


def test_event_id_may_contain_the_separator(tables: Tables) -> None:
    record = record_at("a#b", RECEIVED)
    assert events.find_event("snaptrade", "a#b") == LoggedEvent(record, "marked")
    assert [found.event for found in events.events_of_item(ITEM, RECEIVED, RECEIVED)] == [record]


def test_blanked_event_is_found_with_empty_texts(tables: Tables) -> None:
    events.record_event(FULL, "marked")
    event_retention.blank_event(event_retention.EventKey("snaptrade#full", RECEIVED))
    found = events.find_event("snaptrade", "full")
    assert found == LoggedEvent(FULL._replace(body="", item=None, meaning=""), "marked")


def test_event_of_earlier_version_without_end_is_kept_for_good(tables: Tables) -> None:
    """An earlier version stored untimed events without an end."""
    stood = {"event": "snaptrade#old", "kind": "KIND", "outcome": "marked", "received_at": RECEIVED}
    plant(tables, "WebhookEventsTable", **stood)
    events.record_event(FULL, "marked")
    old, full = events.find_event("snaptrade", "old"), events.find_event("snaptrade", "full")
    assert (old and old.event.kept_for_good, full and full.event.kept_for_good) == (True, False)


@pytest.mark.parametrize(
    ("body", "others", "kept"),
    [
        ("b" * 501, "", 500),
        ("b" * 500, "", 500),
        ("b" * 500, "m" * 100, 500),
        ("b" * 500, "m" * 370, 500),
        ("b" * 500, "m" * 371, 499),
        ("b" * 500, "m" * 869, 1),
        ("b" * 500, "m" * 870, 0),
        ("b" * 500, "m" * 871, 0),
        ("b" * 500, "m" * 2000, 0),
        ("é" * 251, "", 500),
        ("b" + "é" * 250, "", 499),
    ],
)
def test_body_is_cut_so_that_row_fits_write_unit(body: str, others: str, kept: int) -> None:
    """The event's id, kind, item and meaning take the first of 880 bytes."""
    record = EventRecord("snaptrade", "e", "KIND", RECEIVED, body, item="plaid", meaning=others)
    row = events.event_row(record, "marked")
    assert len((row.body or "").encode()) == kept
    assert body.startswith(row.body or "")


def test_id_kind_and_item_count_in_bytes_like_the_meaning() -> None:
    for record in (
        EventRecord("snaptrade", "é" * 190, "", RECEIVED, "b" * 501),
        EventRecord("snaptrade", "", "é" * 190, RECEIVED, "b" * 501),
        EventRecord("snaptrade", "", "", RECEIVED, "b" * 501, item="é" * 190),
        EventRecord("snaptrade", "", "", RECEIVED, "b" * 501, meaning="é" * 190),
    ):
        assert len(events.event_row(record, "marked").body or "") == 500
        longer = record._replace(event_id=f"{record.event_id}e")
        assert len(events.event_row(longer, "marked").body or "") == 499


def test_kind_is_cut() -> None:
    assert events.event_row(event()._replace(kind="k" * 101), "marked").kind == "k" * 100


def test_text_is_cut_between_characters() -> None:
    assert events.cut_text("aéb", 2) == "a"
    assert events.cut_text("aéb", 3) == "aé"
    assert events.cut_text("b" * 501) == "b" * 500


def test_events_of_an_item_are_listed_newest_first(tables: Tables) -> None:
    records = [record_at(f"e{number}", RECEIVED + number) for number in range(4)]
    record_at("other", RECEIVED + 1, ItemKey("snaptrade", "other"))
    listed = [found.event for found in events.events_of_item(ITEM, RECEIVED + 1, RECEIVED + 2)]
    assert listed == [records[2], records[1]]


def test_event_that_expires_during_the_listing_is_left_out(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, gone = record_at("kept", RECEIVED), record_at("gone", RECEIVED + 1)
    finding = events.find_event

    def find_after_expiry(provider: str, event_id: str) -> LoggedEvent | None:
        key = {"event": {"S": f"{provider}#{gone.event_id}"}}
        tables.dynamodb.delete_item(TableName=table_name("WebhookEventsTable"), Key=key)
        return finding("snaptrade", event_id)

    monkeypatch.setattr(events, "find_event", find_after_expiry)
    assert [found.event for found in events.events_of_item(ITEM, RECEIVED, RECEIVED + 1)] == [kept]


def test_scan_lists_events_of_the_interval_without_bare_keys(tables: Tables) -> None:
    records = [record_at(f"e{number}", RECEIVED + number) for number in range(4)]
    events.record_event(FULL._replace(kept_for_good=True, received_at=RECEIVED + 2), "marked")
    listed = {found.event.event_id for found in events.scan_events(RECEIVED + 1, RECEIVED + 2)}
    assert listed == {records[1].event_id, records[2].event_id, "full"}
    everything = [found.event.event_id for found in events.scan_events(0, RECEIVED + 9)]
    assert sorted(everything) == ["e0", "e1", "e2", "e3", "full"]


@pytest.mark.parametrize("kept_for_good", [False, True])
def test_bare_key_counts_for_untimed_event_only(tables: Tables, kept_for_good: bool) -> None:
    plant(tables, "WebhookEventsTable", event="seen#snaptrade#e1", kind="seen", outcome="seen", received_at=0)
    assert events.is_recorded(event()._replace(kept_for_good=kept_for_good)) == kept_for_good


@pytest.mark.parametrize("kept_for_good", [False, True])
def test_event_that_was_never_received_is_not_recorded(tables: Tables, kept_for_good: bool) -> None:
    assert not events.is_recorded(event()._replace(kept_for_good=kept_for_good))


def test_event_of_one_row_costs_no_transaction(tables: Tables) -> None:
    """DynamoDB charges twice for a transaction."""
    with intercept_calls(OperationRecorder()) as calls:
        events.record_event(event(), "marked")
    assert calls.operations == ["PutItem"]
