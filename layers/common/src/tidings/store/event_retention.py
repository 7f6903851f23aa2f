"""Remove what recorded events say of a user, and give old untimed events an end. For operators only."""

from collections.abc import Iterable
from typing import NamedTuple

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings.model import ItemKey
from tidings.store.conditional_writes import ConditionLost, transact, translate_read_errors, write
from tidings.store.events import KEPT_S, KEY_KEPT_S, outliving_row
from tidings.store.tables import WebhookEvent


class EventKey(NamedTuple):
    """The key of a recorded event, and when it was received."""

    event: str
    received_at: int


def find_events(items: Iterable[ItemKey]) -> tuple[EventKey, ...]:
    """Find the events of items in the index, which is eventually consistent."""
    with translate_read_errors():
        return tuple(
            EventKey(str(entry.event), int(entry.received_at))
            for item in items
            for entry in WebhookEvent.by_item.query(str(item))
        )


def blank_event(key: EventKey) -> None:
    """Remove item, body and meaning from an event. Its key stays, so that a replay changes nothing.

    An untimed event of an earlier version, which has no end, keeps its key as long as a new one.
    """
    actions: list[Action] = [
        WebhookEvent.item.remove(),
        WebhookEvent.body.remove(),
        WebhookEvent.meaning.remove(),
        WebhookEvent.expires_at.set(WebhookEvent.expires_at | (key.received_at // 1000 + KEY_KEPT_S)),
    ]
    try:
        write(lambda: WebhookEvent(key.event).update(actions, WebhookEvent.event.exists()))
    except ConditionLost:
        return  # it expired in the meantime


def end_untimed_events() -> int:
    """Give untimed events that an earlier version kept for good the end of a new one. Scans the whole table.

    Returns the number of events. An event older than its new end is deleted by TTL; its key stays.
    """
    with translate_read_errors():
        rows = list(WebhookEvent.scan(WebhookEvent.expires_at.does_not_exist(), consistent_read=True))
    for row in rows:
        _end(row)
    return len(rows)


def _end(row: WebhookEvent) -> None:
    expires_at = WebhookEvent.expires_at.set(int(row.received_at) // 1000 + KEPT_S)

    def build(transaction: TransactWrite) -> None:
        transaction.save(outliving_row(row))
        transaction.update(WebhookEvent(row.event), [expires_at], condition=WebhookEvent.event.exists())

    try:
        transact(build)
    except ConditionLost:
        return  # it was deleted in the meantime
