"""What a verified webhook changes, in which order, and what it leaves if its item has no owner or changes it."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tidings import clock
from tidings.aws import queues
from tidings.errors import StoreUnavailable
from tidings.model import EVERY_SOURCE, ItemKey, ProviderEvent, StatusChange, Task, VerifiedWebhook
from tidings.observability import invocation, log_info
from tidings.store import events, items, link_sessions, removal, sources, updates
from tidings.store.events import Duplicate, EventRecord
from tidings.store.items import AlreadyLinked, ItemRecord
from tidings.store.sources import NotLinked, Removed
from tidings.store.updates import SourceUpdate
from tidings.webhooks import processing
from tidings.webhooks.delivery import WebhookDelivery

NOW = 1_771_500_000_000
ITEM = ItemKey("plaid", "item")
BROKEN = StatusChange("reconnect_required", "login")
COMPLETION = ProviderEvent("LINK", task=Task("complete_connection", {"link_token": "token"}))
UPDATE = ProviderEvent("HOLDINGS", "item", "item", marks=True, institution="Fidelity")
OF_CONNECTION = UPDATE._replace(source_id="connection")
REMOVAL = ProviderEvent("REMOVED", "item", "source", removes="source")
ITEM_REMOVAL = ProviderEvent("DELETED", "item", removes="item")
END = Task("end_access", {"item_id": "item"})
MINUTE_MS = 60_000


class Store:
    """`owners`: of the item, at each look-up. `errors`: by function, what its calls raise in turn; None succeeds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.owners: list[str | None] = ["ann"]
        self.errors: dict[str, list[Exception | None]] = {}
        self.outcome = "marked"
        self.is_due = True
        self.is_recorded = False
        self.session: object = "session"
        self.known: ItemRecord | None = None
        self.is_removed = True
        self.calls: list[tuple[Any, ...]] = []
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        monkeypatch.setattr(items, "find_owner", self._find_owner)
        monkeypatch.setattr(items, "find_record", lambda _: self.known)
        monkeypatch.setattr(events, "is_recorded", lambda _: self.is_recorded)
        monkeypatch.setattr(link_sessions, "find_session", self._find_session)
        self._answer(monkeypatch, items, "record_orphan_update", lambda: None)
        self._answer(monkeypatch, updates, "record_update", lambda: self.outcome)
        self._answer(monkeypatch, updates, "record_check_due", lambda: self.is_due)
        self._answer(monkeypatch, events, "record_event", lambda: None)
        self._answer(monkeypatch, removal, "remove_source", lambda: None)
        self._answer(monkeypatch, removal, "remove_item", lambda: self.is_removed)
        self._answer(monkeypatch, sources, "set_check_due", lambda: self.is_due)
        self._answer(monkeypatch, queues, "send_task", lambda: None)
        self._answer(monkeypatch, queues, "request_status_check", lambda: None)

    def process(self, event: ProviderEvent, **webhook: Any) -> str:  # noqa: ANN401 - a webhook's values
        self.delivery = delivery(event, **webhook)
        return processing.process(self.delivery)

    @property
    def names(self) -> list[str]:
        """Return the names of the writes and messages in their order."""
        return [name for name, *_ in self.calls if name != "find_owner"]

    def called(self, name: str) -> list[Sequence[Any]]:
        return [rest for made, *rest in self.calls if made == name]

    def _answer(self, monkeypatch: pytest.MonkeyPatch, module: object, name: str, result: Any) -> None:  # noqa: ANN401
        def call(*arguments: object, **keywords: object) -> object:
            self.calls.append((name, *arguments, *([keywords] if keywords else [])))
            error = self.errors[name].pop(0) if self.errors.get(name) else None
            if error:
                raise error
            return result()

        monkeypatch.setattr(module, name, call)

    def _find_owner(self, _: ItemKey, *, consistent: bool = False) -> str | None:
        self.calls.append(("find_owner", consistent))
        return self.owners.pop(0) if len(self.owners) > 1 else self.owners[0]

    def _find_session(self, token: str, now: int) -> object:
        assert (token, now) == ("token", NOW)
        return self.session


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    return Store(monkeypatch)


def delivery(event: ProviderEvent, **webhook: Any) -> WebhookDelivery:  # noqa: ANN401 - a webhook's values
    values = {"event_id": "event", "payload": {"a": 1}, "sent_at": NOW - 5, **webhook}
    return WebhookDelivery.create("plaid", event, VerifiedWebhook(**values), NOW)


def item_record(user_id: str | None = "ann", registered_at: int | None = None, leased_until: int = 0) -> ItemRecord:
    return ItemRecord(user_id, registered_at, leased_until)


def test_update_is_recorded_under_its_owner(store: Store) -> None:
    assert store.process(UPDATE) == "marked"
    change = SourceUpdate(True, None, NOW - 5, "Fidelity")
    sent = store.delivery
    assert store.calls == [
        ("find_owner", False),
        ("record_update", sent.source_of("ann"), change, sent.record, {"create": False}),
    ]


@pytest.mark.parametrize(("event", "status"), [(UPDATE, BROKEN), (OF_CONNECTION, None)])
def test_update_without_an_owner_is_an_orphan(store: Store, event: ProviderEvent, status: StatusChange | None) -> None:
    store.owners = [None]
    assert store.process(event._replace(status=BROKEN, task=END)) == "orphan"
    assert store.calls[1:] == [("record_orphan_update", ITEM, status, store.delivery.record)]


@pytest.mark.parametrize(("error", "outcome"), [(Duplicate(), "duplicate"), (Removed(), "outdated")])
def test_update_that_is_recorded_or_removed_changes_nothing(store: Store, error: Exception, outcome: str) -> None:
    store.errors = {"record_update": [error]}
    assert store.process(UPDATE) == outcome


@pytest.mark.parametrize(("event", "creates"), [(UPDATE, False), (OF_CONNECTION, True)])
def test_owner_is_read_again_consistently_after_a_change(store: Store, event: ProviderEvent, creates: bool) -> None:
    store.owners, store.errors = ["ann", None, "bob"], {"record_update": [NotLinked()]}
    store.errors["record_orphan_update"] = [AlreadyLinked()]
    assert store.process(event) == "marked"
    assert store.called("find_owner") == [[False], [True], [True]]
    *_, (key, _change, _record, keywords) = store.called("record_update")
    assert (key.user_id, keywords) == ("bob", {"create": creates})


def test_owner_that_never_stays_is_an_outage_after_five_attempts(store: Store) -> None:
    store.errors = {"record_update": [NotLinked()] * 9}
    with pytest.raises(StoreUnavailable):
        store.process(UPDATE)
    assert len(store.called("record_update")) == 5


@pytest.mark.parametrize("outcome", ["marked", "status", "duplicate", "outdated"])
def test_task_follows_its_status_unless_nobody_has_the_item(store: Store, outcome: str) -> None:
    store.outcome = outcome
    store.process(UPDATE._replace(status=StatusChange("revoked"), task=END))
    assert store.names == ["record_update", "send_task"]
    assert store.called("send_task") == [[END]]


@pytest.mark.parametrize(
    ("status", "outcome", "is_checked"),
    [
        (BROKEN, "marked", True),
        (BROKEN, "status", True),
        (BROKEN, "outdated", False),
        (StatusChange("ok"), "status", False),
        (None, "marked", False),
    ],
)
def test_broken_login_is_checked_later(
    store: Store, status: StatusChange | None, outcome: str, is_checked: bool
) -> None:
    store.outcome = outcome
    store.process(UPDATE._replace(status=status))
    assert store.called("request_status_check") == ([[ITEM, queues.MAX_DELAY_S]] if is_checked else [])


@pytest.mark.parametrize("owner", ["ann", None])
def test_event_that_changes_nothing_is_recorded_without_content_unless_owned(store: Store, owner: str | None) -> None:
    store.owners = [owner]
    assert store.process(ProviderEvent("NOTHING", "item")) == "ignored"
    sent = store.delivery if owner else store.delivery.without_content()
    assert store.called("record_event") == [[sent.record, "ignored"]]


def test_event_without_an_item_looks_up_nobody(store: Store) -> None:
    assert store.process(ProviderEvent("NOTHING")) == "ignored"
    assert store.calls == [("record_event", store.delivery.record, "ignored")]
    store.errors = {"record_event": [Duplicate()]}
    assert store.process(ProviderEvent("NOTHING")) == "duplicate"


def test_ended_link_session_of_ours_is_queued_once(store: Store) -> None:
    assert store.process(COMPLETION) == "queued"
    assert store.names == ["send_task", "record_event"]
    store.is_recorded = True
    assert store.process(COMPLETION) == "duplicate"
    store.session = None
    assert store.process(COMPLETION) == "ignored"
    assert store.called("send_task") == [[COMPLETION.task]]


def test_stale_event_makes_a_check_due(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with capture_output(capsys) as output:
        assert store.process(UPDATE._replace(task=END), stale=True) == "check_due"
        assert output.metric_sum("WebhookStale", provider="plaid") == 1
    sent = store.delivery
    assert store.called("record_check_due") == [[sent.source_of("ann"), NOW - 5, sent.record]]
    assert (store.names[1:], store.called("request_status_check")) == (["request_status_check"], [[ITEM]])


def test_stale_event_that_makes_nothing_due_is_recorded_only(store: Store) -> None:
    store.is_due = False
    assert store.process(UPDATE, stale=True) == "outdated"
    store.is_due, store.errors = True, {"record_check_due": [Duplicate()]}
    assert store.process(UPDATE, stale=True) == "duplicate"
    store.owners = [None]
    assert store.process(UPDATE, stale=True) == "outdated"
    assert store.process(UPDATE, stale=True, sent_at=None) == "ignored"
    assert store.process(ProviderEvent("NOTHING", "item"), stale=True) == "ignored"
    assert store.called("request_status_check") == []
    assert store.process(COMPLETION, stale=True) == "ignored"
    assert store.called("send_task") == []


def test_removed_source_is_removed_before_it_is_recorded(store: Store) -> None:
    store.known = item_record()
    assert store.process(REMOVAL) == "removed"
    sent = store.delivery
    assert store.calls == [("remove_source", sent.source_of("ann")), ("record_event", sent.record, "removed")]


def test_recorded_removal_is_a_duplicate(store: Store) -> None:
    store.known, store.is_recorded = item_record(), True
    assert store.process(REMOVAL) == "duplicate"
    assert store.calls == []


@pytest.mark.parametrize("known", [None, item_record(None)])
@pytest.mark.parametrize("event", [REMOVAL, ITEM_REMOVAL])
def test_removal_of_what_we_deleted_leaves_no_content(
    store: Store, known: ItemRecord | None, event: ProviderEvent
) -> None:
    store.known = known
    assert store.process(event) == "removed"
    assert store.calls == [("record_event", store.delivery.without_content().record, "removed")]


@pytest.mark.parametrize(
    ("registered_at", "sent_at", "leased_until", "is_removed"),
    [
        (None, NOW - 5, 0, True),
        (None, None, 0, True),
        (NOW - 5 - MINUTE_MS - 1, NOW - 5, 0, True),
        (NOW - 5 - MINUTE_MS, NOW - 5, 0, False),
        (NOW - 9 * MINUTE_MS, None, 0, False),
        (None, NOW - 5, NOW + 1, False),
        (None, NOW - 5, NOW, True),
    ],
)
def test_removal_of_an_earlier_registration_makes_a_check_due(
    store: Store, registered_at: int | None, sent_at: int | None, leased_until: int, is_removed: bool
) -> None:
    store.known = item_record("ann", registered_at, leased_until)
    assert store.process(ITEM_REMOVAL, sent_at=sent_at) == ("removed" if is_removed else "outdated")
    assert store.called("remove_item") == ([["ann", ITEM, {"registration": store.known}]] if is_removed else [])
    due = [[store.delivery.source_of("ann")._replace(source_id=EVERY_SOURCE), NOW if sent_at is None else sent_at]]
    assert store.called("set_check_due") == ([] if is_removed else due)
    assert store.called("request_status_check") == ([] if is_removed else [[ITEM]])


def test_removal_lost_to_a_new_registration_is_outdated(store: Store) -> None:
    store.known, store.is_removed, store.is_due = item_record(), False, False
    assert processing.process_removal(delivery(ITEM_REMOVAL)) == "outdated"
    assert store.names == ["remove_item", "set_check_due"]


def test_outcome_is_logged_and_counted(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with capture_output(capsys) as output, invocation(None):
        store.process(ProviderEvent("NOTHING", "item"))
        log_info("afterwards")
        [line] = output.lines_with_message("webhook")
        [later] = output.lines_with_message("afterwards")
        assert output.metric_sum("Webhook", provider="plaid", outcome="ignored") == 1
    assert (line["kind"], line["outcome"], line["event_id"]) == ("NOTHING", "ignored", "event")
    assert (later["provider"], later["user_id"]) == ("plaid", "ann")


def test_record_of_the_delivery_is_what_is_stored(store: Store) -> None:
    store.process(ProviderEvent("NOTHING"))
    [[record, _]] = store.called("record_event")
    assert isinstance(record, EventRecord)
