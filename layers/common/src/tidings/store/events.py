"""The record of webhooks: an event's row and its effect are one transaction, so a retry counts once (§4.2)."""

from typing import NamedTuple

from tidings.model import ProviderName
from tidings.store.tables import WebhookEvent
from tidings.store.writes import ConditionLost, reading, write

_KEPT_S = 30 * 24 * 3600
_BODY_BYTES = 500


class Duplicate(Exception):
    """This event was recorded before: whatever it means is done already."""


class Event(NamedTuple):
    """One authentic webhook as it is recorded. `body` is redacted; `kept_for_good`: it carries no time of its own."""

    provider: ProviderName
    event_id: str
    kind: str
    received_at: int
    body: str
    kept_for_good: bool = False


def row(event: Event, outcome: str) -> WebhookEvent:
    return WebhookEvent(
        f"{event.provider}#{event.event_id}",
        kind=event.kind[:100],
        outcome=outcome,
        received_at=event.received_at,
        body=event.body.encode()[:_BODY_BYTES].decode(errors="ignore"),
        expires_at=None if event.kept_for_good else event.received_at // 1000 + _KEPT_S,
    )


def record(event: Event, outcome: str) -> None:
    """Record an event whose effect is done already (removals). Duplicate when it was recorded before."""
    try:
        write(lambda: row(event, outcome).save(WebhookEvent.event.does_not_exist()))
    except ConditionLost as lost:
        raise Duplicate from lost


def recorded(event: Event) -> bool:
    """Whether the event was recorded before; consistent."""
    with reading():
        try:
            WebhookEvent.get(f"{event.provider}#{event.event_id}", consistent_read=True, attributes_to_get=["event"])
        except WebhookEvent.DoesNotExist:
            return False
    return True
