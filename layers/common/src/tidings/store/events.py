"""Record webhooks. An event's row and its effect are one transaction (docs/protocol.md, rule 2)."""

from collections.abc import Iterator
from typing import NamedTuple, cast

from pynamodb.transactions import TransactWrite

from tidings.model import ItemKey, ProviderName
from tidings.store.conditional_writes import ConditionLost, transact, translate_read_errors, write
from tidings.store.tables import WebhookEvent

KEPT_S = 30 * 24 * 3600
KEY_KEPT_S = 400 * 24 * 3600
BODY_BYTES = 500
OUTLIVING = "seen#"
_ROW_BYTES = 880
"""The limit for a row's texts. Attribute names and numbers take the rest of a write unit, 1,024 bytes."""


class Duplicate(Exception):
    """The event was recorded before, so its effect is stored already."""


class EventRecord(NamedTuple):
    """An authentic webhook as it is recorded. `body` is redacted. `item`: the key of the item that it names.

    `kept_for_good`: the event has no time by which a replay would be recognized, so its key outlives its content. The
    name is older than that limit, and stands in queue messages.
    `meaning`: the event's content without secrets, from which `webhooks.delivery` restores it.
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
    """A logged event. Its body may be truncated. It names no user: `item` leads to its owner."""

    event: EventRecord
    outcome: str


def event_row(event: EventRecord, outcome: str) -> WebhookEvent:
    """Build the row of an event, with its body truncated."""
    return WebhookEvent(
        _key(event.provider, event.event_id),
        kind=event.kind[:100],
        outcome=outcome,
        received_at=event.received_at,
        body=cut_text(event.body, _body_bytes(event)),
        item=event.item,
        meaning=event.meaning or None,
        expires_at=event.received_at // 1000 + KEPT_S,
    )


def cut_text(text: str, size: int = BODY_BYTES) -> str:
    """Cut a text to a number of bytes; by default to as much of a body as the log ever keeps."""
    return text.encode()[:size].decode(errors="ignore")


def save_once(transaction: TransactWrite, event: EventRecord, outcome: str) -> None:
    """Add the event's rows to a transaction, on condition that it was never recorded. They are its only puts."""
    for row in _rows(event, outcome):
        transaction.save(row, WebhookEvent.event.does_not_exist())


def _rows(event: EventRecord, outcome: str) -> list[WebhookEvent]:
    """Build the event's row and, for an event without a time, the key that outlives it."""
    row = event_row(event, outcome)
    return [row, outliving_row(row)] if event.kept_for_good else [row]


def outliving_row(row: WebhookEvent) -> WebhookEvent:
    """Build the row that keeps only the key of an event without a time. Earlier versions need the other columns."""
    return WebhookEvent(
        f"{OUTLIVING}{row.event}",
        kind="seen",
        outcome="seen",
        received_at=0,
        expires_at=int(row.received_at) // 1000 + KEY_KEPT_S,
    )


def _body_bytes(event: EventRecord) -> int:
    """Return how many bytes of the body fit, so that the row stays within one write unit."""
    others = sum(len((text or "").encode()) for text in (event.event_id, event.kind, event.item, event.meaning))
    return max(0, min(BODY_BYTES, _ROW_BYTES - others))


def _key(provider: ProviderName, event_id: str) -> str:
    return f"{provider}#{event_id}"


def record_event(event: EventRecord, outcome: str) -> None:
    """Record an event whose effect is stored already, or that has none. Raises Duplicate if it was recorded before."""
    try:
        if event.kept_for_good:
            transact(lambda transaction: save_once(transaction, event, outcome))
        else:
            write(lambda: event_row(event, outcome).save(WebhookEvent.event.does_not_exist()))
    except ConditionLost as lost:
        raise Duplicate from lost


def find_event(provider: ProviderName, event_id: str) -> LoggedEvent | None:
    """Return a logged event with a consistent read; None if there is none."""
    with translate_read_errors():
        try:
            return _logged_event(WebhookEvent.get(_key(provider, event_id), consistent_read=True))
        except WebhookEvent.DoesNotExist:
            return None


def events_of_item(item: ItemKey, since: int, until: int) -> Iterator[LoggedEvent]:
    """List the item's events received in the interval, newest first, from the eventually consistent index."""
    in_interval = WebhookEvent.received_at.between(since, until)
    with translate_read_errors():
        for entry in WebhookEvent.by_item.query(str(item), in_interval, scan_index_forward=False):
            provider, _, event_id = str(entry.event).partition("#")
            found = find_event(cast(ProviderName, provider), event_id)
            if found is not None:
                yield found


def scan_events(since: int, until: int) -> Iterator[LoggedEvent]:
    """Scan the whole table for events received in the interval, in no order."""
    with translate_read_errors():
        for entry in WebhookEvent.scan(WebhookEvent.received_at.between(since, until)):
            if entry.event.startswith(OUTLIVING):
                continue
            yield _logged_event(entry)


def _logged_event(entry: WebhookEvent) -> LoggedEvent:
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
    """Return whether the event was recorded before, with a consistent read."""
    key = _key(event.provider, event.event_id)
    return _exists(key) or (event.kept_for_good and _exists(f"{OUTLIVING}{key}"))


def _exists(key: str) -> bool:
    with translate_read_errors():
        try:
            WebhookEvent.get(key, consistent_read=True, attributes_to_get=["event"])
        except WebhookEvent.DoesNotExist:
            return False
    return True
