"""Represent a verified webhook without its signature and secrets, so that it can be queued, logged and replayed."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tidings.model import EVERY_SOURCE, ItemKey, ProviderEvent, ProviderName, StatusChange, Task, VerifiedWebhook
from tidings.store.events import EventRecord, cut_text
from tidings.store.sources import SourceKey

_SECRET_FIELDS = ("secret", "token", "name", "mail")


class WebhookDelivery(NamedTuple):
    """A provider event and the record of its delivery. `sent_at`, `happened_at`, `stale`: as in VerifiedWebhook."""

    provider: ProviderName
    event: ProviderEvent
    record: EventRecord
    sent_at: int | None
    happened_at: int | None
    stale: bool

    @classmethod
    def create(
        cls, provider: ProviderName, event: ProviderEvent, webhook: VerifiedWebhook, now: int
    ) -> "WebhookDelivery":
        """Create the delivery of a webhook that was received at the instant `now`."""
        record = EventRecord(
            provider=provider,
            event_id=webhook.event_id,
            kind=event.kind,
            received_at=now,
            # Cut here too: in a queue message, the whole body could take several times its size.
            body=cut_text(json.dumps(_without_secrets(webhook.payload), separators=(",", ":"))),
            kept_for_good=webhook.sent_at is None,
            item=str(ItemKey(provider, event.item_id)) if event.item_id else None,
            meaning=_meaning(event, webhook),
        )
        return cls(provider, event, record, webhook.sent_at, webhook.happened_at, webhook.stale)

    @classmethod
    def from_record(cls, record: EventRecord) -> "WebhookDelivery":
        """Restore the delivery from the event log, as far as the log kept it."""
        meaning = json.loads(record.meaning or "{}")
        times = {name: meaning.pop(name, None) for name in ("sent_at", "happened_at")}
        stale = meaning.pop("stale", False)
        item_id = ItemKey.parse(record.item).item_id if record.item else None
        event = _load_event({"status": None, "task": None, **meaning, "kind": record.kind, "item_id": item_id})
        return cls(record.provider, event, record, times["sent_at"], times["happened_at"], stale)

    def without_content(self) -> "WebhookDelivery":
        """Return the delivery with a record that says only kind and time: no user has the item, or has it any more."""
        return self._replace(record=self.record._replace(item=None, body="", meaning=""))

    @property
    def item(self) -> ItemKey:
        """Return the key of the item that the event names."""
        return ItemKey(self.provider, self.event.item_id or "")

    def source_of(self, owner: str) -> SourceKey:
        """Return the key of the source that the event names, under its owner."""
        return SourceKey(owner, self.provider, self.event.source_id, self.item)


def dump(delivery: WebhookDelivery) -> dict[str, Any]:
    """Convert a delivery to the fields of a queue message. Deployed versions read them, so their names are fixed.

    A task without an item names a link token, which is left out.
    """
    event = delivery.event if delivery.event.item_id else delivery.event._replace(task=None)
    return {
        "provider": delivery.provider,
        "notice": _dump_event(event),
        "event": delivery.record._asdict(),
        "sent_at": delivery.sent_at,
        "happened_at": delivery.happened_at,
        "stale": delivery.stale,
    }


def load(fields: Mapping[str, Any]) -> WebhookDelivery:
    """Restore what `dump` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    others = {name: value for name, value in fields.items() if name not in {"notice", "event"}}
    return WebhookDelivery(event=_load_event(fields["notice"]), record=EventRecord(**fields["event"]), **others)


def _without_secrets(payload: Mapping[str, object]) -> dict[str, object]:
    """Keep the plain fields, without any that could hold a secret or a person's name."""
    return {
        name: value
        for name, value in payload.items()
        if isinstance(value, str | int | None) and not any(part in name.lower() for part in _SECRET_FIELDS)
    }


def _meaning(event: ProviderEvent, webhook: VerifiedWebhook) -> str:
    """Write what the other columns do not say, as short as possible. A link token is left out."""
    fields = {name: value for name, value in _dump_event(event).items() if value not in (None, False, EVERY_SOURCE)}
    for name in ("kind", "item_id"):
        fields.pop(name, None)
    if event.task and event.item_id is None:
        fields.pop("task")
    times = {"sent_at": webhook.sent_at, "happened_at": webhook.happened_at}
    fields |= {name: value for name, value in times.items() if value is not None}
    return json.dumps(fields | ({"stale": True} if webhook.stale else {}), separators=(",", ":"))


def _dump_event(event: ProviderEvent) -> dict[str, Any]:
    fields = event._asdict()
    if event.status:
        over = event.status.over
        fields["status"] = {**event.status._asdict(), "over": None if over is None else sorted(over)}
    if event.task:
        fields["task"] = {"kind": event.task.kind, "about": dict(event.task.about)}
    return fields


def _load_event(stored: Mapping[str, Any]) -> ProviderEvent:
    fields = dict(stored)
    if fields["status"]:
        over = fields["status"]["over"]
        fields["status"] = StatusChange(**{**fields["status"], "over": None if over is None else frozenset(over)})
    if fields["task"]:
        fields["task"] = Task(fields["task"]["kind"], fields["task"]["about"])
    return ProviderEvent(**fields)
