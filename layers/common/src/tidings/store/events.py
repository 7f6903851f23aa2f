"""The record of webhooks: an event's row and its effect are one transaction, so a retry counts once (§4.2)."""

from collections.abc import Iterator
from typing import NamedTuple, cast

from tidings.model import ItemKey, ProviderName
from tidings.store.conditional_writes import ConditionLost, translate_read_errors, write
from tidings.store.tables import WebhookEvent

_KEPT_S = 30 * 24 * 3600
_BODY_BYTES = 500
_ROW_BYTES = 880
"""Of the texts of a row; the names of its attributes and its numbers take the rest of 1,024."""


class Duplicate(Exception):
    """This event was recorded before: whatever it means is done already."""


class EventRecord(NamedTuple):
    """One authentic webhook as it is recorded. `body` is redacted; `kept_for_good`: it carries no time of its own.

    `item`: the key of the item that it names. `meaning`: what `deliveries` reads again, without secrets.
    """

    provider: ProviderName
    event_id: str
    kind: str
    received_at: int
    body: str
    kept_for_good: bool = False
    item: str | None = None
    meaning: str = ""


class LoggedEvent(NamedTuple):
    """An event as the log has it; its body may be cut. It names no user of ours: `item` leads to its owner."""

    event: EventRecord
    outcome: str


def event_row(event: EventRecord, outcome: str) -> WebhookEvent:
    return WebhookEvent(
        _key(event.provider, event.event_id),
        kind=event.kind[:100],
        outcome=outcome,
        received_at=event.received_at,
        body=event.body.encode()[: _body_bytes(event)].decode(errors="ignore"),
        item=event.item,
        meaning=event.meaning or None,
        expires_at=None if event.kept_for_good else event.received_at // 1000 + _KEPT_S,
    )


def _body_bytes(event: EventRecord) -> int:
    """So many that the row stays within a write unit: 1,024 bytes, names and numbers included."""
    others = sum(len((text or "").encode()) for text in (event.event_id, event.kind, event.item, event.meaning))
    return max(0, min(_BODY_BYTES, _ROW_BYTES - others))


def _key(provider: ProviderName, event_id: str) -> str:
    return f"{provider}#{event_id}"


def record_event(event: EventRecord, outcome: str) -> None:
    """Record an event whose effect is done already, or that has none. Duplicate when it was recorded before."""
    try:
        write(lambda: event_row(event, outcome).save(WebhookEvent.event.does_not_exist()))
    except ConditionLost as lost:
        raise Duplicate from lost


def find_event(provider: ProviderName, event_id: str) -> LoggedEvent | None:
    """An event of the log; consistent."""
    with translate_read_errors():
        try:
            return _recorded(WebhookEvent.get(_key(provider, event_id), consistent_read=True))
        except WebhookEvent.DoesNotExist:
            return None


def events_of_item(item: ItemKey, since: int, until: int) -> Iterator[LoggedEvent]:
    """The item's events received in the interval, the newest first. By the operators' index, which lags by a moment."""
    within = WebhookEvent.received_at.between(since, until)
    with translate_read_errors():
        for entry in WebhookEvent.by_item.query(str(item), within, scan_index_forward=False):
            provider, _, event_id = str(entry.event).partition("#")
            found = find_event(cast(ProviderName, provider), event_id)
            if found is not None:
                yield found


def scan_events(since: int, until: int) -> Iterator[LoggedEvent]:
    """All events received in the interval, in no order: reads the whole table."""
    with translate_read_errors():
        for entry in WebhookEvent.scan(WebhookEvent.received_at.between(since, until)):
            yield _recorded(entry)


def _recorded(entry: WebhookEvent) -> LoggedEvent:
    provider, _, event_id = entry.event.partition("#")
    event = EventRecord(
        provider=cast(ProviderName, provider),
        event_id=event_id,
        kind=entry.kind,
        received_at=int(entry.received_at),
        body=entry.body or "",
        kept_for_good=entry.expires_at is None,
        item=entry.item,
        meaning=entry.meaning or "",
    )
    return LoggedEvent(event, entry.outcome)


def is_recorded(event: EventRecord) -> bool:
    """Whether the event was recorded before; consistent."""
    with translate_read_errors():
        try:
            key = _key(event.provider, event.event_id)
            WebhookEvent.get(key, consistent_read=True, attributes_to_get=["event"])
        except WebhookEvent.DoesNotExist:
            return False
    return True
