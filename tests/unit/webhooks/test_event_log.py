"""Which events an operator sees, and which are processed again: those that would change something."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tidings.aws import queues
from tidings.errors import NotFound
from tidings.model import ItemKey, ProviderEvent, ProviderName, Source, StatusChange, Task, VerifiedWebhook
from tidings.store import events, items, sources, updates, user_state
from tidings.store.events import EventRecord, LoggedEvent
from tidings.store.updates import SourceUpdate
from tidings.store.user_state import UserState
from tidings.webhooks import event_log, processing
from tidings.webhooks.delivery import WebhookDelivery
from tidings.webhooks.event_log import EventFilter, Replay

NOW = 1_771_500_000_000
ITEM, OTHER = ItemKey("plaid", "item"), ItemKey("snaptrade", "other")
UPDATE = ProviderEvent("HOLDINGS", "item", "item", marks=True)
STATUS = ProviderEvent("ERROR", "item", "item", status=StatusChange("reconnect_required", "login"))
REMOVAL = ProviderEvent("REMOVED", "item", "item", removes="source")
AS_NEW = Replay("nothing to do", "its source has an update at least as new")
LAG_MS = sources.PROVIDER_CLOCK_LAG_MS


def logged(
    event: ProviderEvent = UPDATE,
    outcome: str = "marked",
    *,
    provider: ProviderName = "plaid",
    received_at: int = NOW,
    body: str | None = None,
    **webhook: Any,  # noqa: ANN401 - a webhook's values
) -> LoggedEvent:
    values = {"event_id": "event", "payload": {"a": 1}, "sent_at": NOW - 9, **webhook}
    record = WebhookDelivery.create(provider, event, VerifiedWebhook(**values), received_at).record
    return LoggedEvent(record if body is None else record._replace(body=body), outcome)


class Log:
    """The log, and the rows of the item's owner. `writes`: what a replay did."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[LoggedEvent] = []
        self.found: LoggedEvent | None = None
        self.owner: str | None = "ann"
        self.rows: Sequence[Source] = ()
        self.items: Sequence[ItemKey] = ()
        self.accepts = True
        self.removed = "removed"
        self.writes: list[tuple[Any, ...]] = []
        monkeypatch.setattr(events, "find_event", lambda *_: self.found)
        monkeypatch.setattr(events, "scan_events", lambda *period: self._period(None, *period))
        monkeypatch.setattr(events, "events_of_item", self._period)
        monkeypatch.setattr(items, "items_of_user", lambda user_id: self.items if user_id == "ann" else ())
        monkeypatch.setattr(items, "find_owner", self._find_owner)
        monkeypatch.setattr(user_state, "read_user_state", lambda _: UserState(tuple(self.rows), retry_at={}))
        monkeypatch.setattr(sources, "set_check_due", self._write("set_check_due"))
        monkeypatch.setattr(updates, "replay_update", self._write("replay_update"))
        monkeypatch.setattr(queues, "request_status_check", self._write("request_status_check"))
        monkeypatch.setattr(processing, "process_removal", self._remove)

    def replay(self, found: LoggedEvent, *, dry_run: bool = False) -> Replay:
        self.found = found
        return event_log.replay("plaid", "event", dry_run=True) if dry_run else event_log.replay("plaid", "event")

    def list(self, **wanted: Any) -> list[LoggedEvent]:  # noqa: ANN401 - a filter's values
        return [*event_log.list_events(EventFilter(NOW - 10, NOW, **wanted))]

    def _period(self, item: ItemKey | None, since: int, until: int) -> Iterator[LoggedEvent]:
        return (
            one
            for one in self.events
            if since <= one.event.received_at <= until and (item is None or one.event.item == str(item))
        )

    def _find_owner(self, item: ItemKey, *, consistent: bool) -> str | None:
        assert (item, consistent) == (ITEM, True)
        return self.owner

    def _write(self, name: str) -> Any:  # noqa: ANN401 - a function of the store
        def write(*arguments: object) -> bool:
            self.writes.append((name, *arguments))
            return self.accepts

        return write

    def _remove(self, delivery: WebhookDelivery) -> str:
        self.writes.append(("remove", delivery.event))
        return self.removed


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    return Log(monkeypatch)


def row(source_id: str = "item", **values: Any) -> Source:  # noqa: ANN401 - a row's values
    return Source("plaid", source_id, "item", "link", **values)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, True),
        ({"provider": "plaid", "outcome": "marked", "kind": "HOLDINGS", "item": ITEM}, True),
        ({"provider": "snaptrade"}, False),
        ({"outcome": "ignored"}, False),
        ({"kind": "ERROR"}, False),
        ({"item": OTHER}, False),
        ({"provider": "plaid", "kind": "ERROR"}, False),
    ],
)
def test_every_given_field_must_match(wanted: dict[str, Any], expected: bool) -> None:
    assert EventFilter(0, NOW, **wanted).matches(logged()) is expected


def test_all_events_of_the_period_are_scanned(log: Log) -> None:
    log.events = [logged(), logged(received_at=NOW - 10), logged(received_at=NOW - 11), logged(STATUS)]
    assert log.list() == [log.events[0], log.events[1], log.events[3]]
    assert log.list(kind="ERROR") == [log.events[3]]


@pytest.mark.parametrize("order", [1, -1])
def test_events_of_a_user_are_those_of_their_items_newest_first(log: Log, order: int) -> None:
    log.items = [ITEM, OTHER][::order]
    other = UPDATE._replace(item_id="other")
    old, new = logged(received_at=NOW - 3), logged(received_at=NOW - 1)
    between = logged(other, provider="snaptrade", received_at=NOW - 2)
    foreign = logged(UPDATE._replace(item_id="foreign"))
    log.events = [old, between, new, foreign][::order]
    assert log.list(user_id="ann") == [new, between, old]
    assert log.list(user_id="ann", item=ITEM) == [new, old]
    assert log.list(item=OTHER) == [between]
    assert log.list(item=ITEM) == [new, old]
    assert log.list(user_id="bob") == []
    assert log.list(user_id="bob", item=ITEM) == []


def test_event_that_was_never_logged_is_not_found(log: Log) -> None:
    with pytest.raises(NotFound):
        event_log.find_event("plaid", "event")
    log.found = logged()
    assert event_log.find_event("plaid", "event") == log.found


def test_event_without_effect_or_source_is_not_replayed(log: Log) -> None:
    assert log.replay(logged(ProviderEvent("NOTHING", "item"))) == Replay("nothing to do", "it changes no state")
    assert log.replay(logged()) == Replay("nothing to do", "its source is not linked")
    log.owner = None
    assert log.replay(logged()) == Replay("nothing to do", "its item is not linked")
    assert log.writes == []


@pytest.mark.parametrize("event", [UPDATE, STATUS])
@pytest.mark.parametrize("updated", [None, NOW - 10])
def test_event_that_is_newer_than_its_source_is_applied(log: Log, event: ProviderEvent, updated: int | None) -> None:
    log.rows = [row("another"), row(last_update_at=updated, status_at=updated)]
    planned = log.replay(logged(event), dry_run=True)
    assert (planned.verdict, log.writes) == ("would be applied", [])
    applied = log.replay(logged(event))
    [(_, key, change, received_at)] = log.writes
    assert (key.user_id, key.source_id, received_at) == ("ann", "item", NOW)
    assert change == SourceUpdate(event.marks, event.status, NOW - 9)
    said = ("an update would be recorded", "an update was recorded") if event.marks else None
    said = said or ("its status would be set", "its status was set")
    assert (planned.reason, applied) == (said[0], Replay("applied", said[1]))
    log.accepts = False
    assert log.replay(logged(event)) == AS_NEW


@pytest.mark.parametrize(
    ("event", "known", "is_as_new"),
    [
        (UPDATE, {"last_update_at": NOW}, True),
        (UPDATE, {"last_update_at": NOW - 1}, False),
        (UPDATE, {"status_at": NOW + 9}, False),
        (STATUS, {"status_at": NOW - 9}, True),
        (STATUS, {"status_at": NOW - 10}, False),
        (STATUS, {"last_update_at": NOW + 9}, False),
    ],
)
def test_source_that_is_as_new_is_left(log: Log, event: ProviderEvent, known: dict[str, Any], is_as_new: bool) -> None:
    log.rows = [row(**known)]
    assert (log.replay(logged(event)) == AS_NEW) is is_as_new
    assert (log.writes == []) is is_as_new


def test_status_without_a_time_is_left_to_its_provider(log: Log) -> None:
    log.rows = [row()]
    found = log.replay(logged(STATUS, signed_anew=True))
    assert found == Replay("nothing to do", "only its provider knows whether the status still holds")
    assert log.replay(logged(UPDATE, signed_anew=True)).verdict == "applied"


def test_removal_is_made_again(log: Log) -> None:
    log.rows = [row()]
    assert log.replay(logged(REMOVAL), dry_run=True) == Replay(
        "would be applied", "the source or item would be removed"
    )
    assert log.writes == []
    assert log.replay(logged(REMOVAL)) == Replay("applied", "the source or item was removed")
    log.removed = "outdated"
    assert log.replay(logged(REMOVAL)) == Replay("nothing to do", "it may be about an earlier registration")
    assert log.writes == [("remove", REMOVAL)] * 2


@pytest.mark.parametrize("checked", [{}, {"last_fetched_at": NOW - 10 + LAG_MS}, {"last_reconcile_at": NOW - 99}])
def test_stale_event_makes_a_check_due(log: Log, checked: dict[str, Any]) -> None:
    log.rows = [row(**checked)]
    stale = logged(stale=True)
    assert log.replay(stale, dry_run=True) == Replay("would be applied", "its source would be checked")
    assert log.writes == []
    assert log.replay(stale) == Replay("applied", "a check of its source is due")
    [(_, key, at), request] = log.writes
    assert (key.user_id, key.source_id, at) == ("ann", "item", NOW - 9)
    assert request == ("request_status_check", ITEM)
    log.accepts = False
    assert log.replay(stale) == Replay("nothing to do", "its source was checked in the meantime")
    assert [name for name, *_ in log.writes] == ["set_check_due", "request_status_check", "set_check_due"]


@pytest.mark.parametrize(
    "checked",
    [
        {"check_due": 0},
        {"last_fetched_at": NOW - 9 + LAG_MS},
        {"last_reconcile_at": NOW - 9 + LAG_MS},
        {"last_fetched_at": NOW - 9 + LAG_MS, "last_reconcile_at": 1},
    ],
)
def test_stale_event_of_checked_source_changes_nothing(log: Log, checked: dict[str, Any]) -> None:
    log.rows = [row(**checked)]
    since = Replay("nothing to do", "its source was checked since, or a check is due")
    assert log.replay(logged(stale=True)) == since
    log.rows = []
    assert log.replay(logged(stale=True)) == since


def test_ignored_event_is_parsed_again_without_its_task(log: Log) -> None:
    log.rows = [row()]
    nothing = ProviderEvent("HOLDINGS:DEFAULT_UPDATE", "item")
    body = '{"webhook_type":"HOLDINGS","webhook_code":"DEFAULT_UPDATE","item_id":"item"}'
    assert log.replay(logged(nothing, "ignored", body=body)).verdict == "applied"
    assert log.replay(logged(nothing, "marked", body=body)).verdict == "nothing to do"
    assert log.replay(logged(UPDATE, "ignored", body=body[:-5])).verdict == "applied"
    revoked = body.replace("HOLDINGS", "ITEM").replace("DEFAULT_UPDATE", "USER_PERMISSION_REVOKED")
    restored = event_log._restore_delivery(logged(nothing, "ignored", body=revoked))
    assert restored.event.status
    assert restored.event.task is None


def test_record_names_its_item(log: Log) -> None:
    assert isinstance(logged().event, EventRecord)
    assert logged(UPDATE._replace(task=Task("end_access", {}))).event.item == str(ITEM)
