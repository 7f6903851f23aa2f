"""An authentic webhook as far as it must be known to be applied, now or later: without its signature and secrets."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tidings.model import EVERY_SOURCE, ProviderEvent, ProviderName, StatusChange, Task, VerifiedWebhook
from tidings.store import items
from tidings.store.events import EventRecord
from tidings.store.sources import SourceKey

_UNRECORDED = ("secret", "token", "name", "mail")


class WebhookDelivery(NamedTuple):
    """`sent_at`, `happened_at`, `stale`: as in `model.Webhook`."""

    provider: ProviderName
    notice: ProviderEvent
    event: EventRecord
    sent_at: int | None
    happened_at: int | None
    stale: bool = False

    @property
    def item(self) -> str:
        """The key of the item that it is about."""
        return items.key(self.provider, self.notice.item_id or "")

    def source_of(self, owner: str) -> SourceKey:
        return SourceKey(owner, self.provider, self.notice.source_id, self.item)


def of(provider: ProviderName, notice: ProviderEvent, webhook: VerifiedWebhook, now: int) -> WebhookDelivery:
    event = EventRecord(
        provider=provider,
        event_id=webhook.event_id,
        kind=notice.kind,
        received_at=now,
        body=json.dumps(_redacted(webhook.payload), separators=(",", ":")),
        kept_for_good=webhook.sent_at is None,
        item=items.key(provider, notice.item_id) if notice.item_id else None,
        meaning=_meaning(notice, webhook),
    )
    return WebhookDelivery(provider, notice, event, webhook.sent_at, webhook.happened_at, webhook.stale)


def _redacted(payload: Mapping[str, object]) -> dict[str, object]:
    """The plain fields of an event, without any that could hold a secret or a person's name."""
    return {
        name: value
        for name, value in payload.items()
        if isinstance(value, str | int | bool | None) and not any(part in name.lower() for part in _UNRECORDED)
    }


def _meaning(notice: ProviderEvent, webhook: VerifiedWebhook) -> str:
    """What is not plain from the other columns, as short as can be. A link token is left out."""
    written = {name: value for name, value in _written(notice).items() if value not in (None, False, EVERY_SOURCE)}
    for name in ("kind", "item_id"):
        written.pop(name, None)
    if notice.task and notice.item_id is None:
        written.pop("task")
    times = {"sent_at": webhook.sent_at, "happened_at": webhook.happened_at}
    written |= {name: value for name, value in times.items() if value is not None}
    return json.dumps(written | ({"stale": True} if webhook.stale else {}), separators=(",", ":"))


def of_record(event: EventRecord) -> WebhookDelivery:
    """The delivery that was recorded, as far as the log kept it."""
    meaning = json.loads(event.meaning or "{}")
    times = {name: meaning.pop(name, None) for name in ("sent_at", "happened_at")}
    stale = meaning.pop("stale", False)
    item_id = event.item.partition("#")[2] if event.item else None
    notice = _read({"status": None, "task": None, **meaning, "kind": event.kind, "item_id": item_id})
    return WebhookDelivery(event.provider, notice, event, times["sent_at"], times["happened_at"], stale)


def dump(delivery: WebhookDelivery) -> dict[str, Any]:
    """As a message carries it."""
    return {**delivery._asdict(), "notice": _written(delivery.notice), "event": delivery.event._asdict()}


def load(written: Mapping[str, Any]) -> WebhookDelivery:
    """What `dump` wrote. KeyError, TypeError or ValueError for anything else."""
    return WebhookDelivery(**{**written, "notice": _read(written["notice"]), "event": EventRecord(**written["event"])})


def _written(notice: ProviderEvent) -> dict[str, Any]:
    written = notice._asdict()
    if notice.status:
        over = notice.status.over
        written["status"] = {**notice.status._asdict(), "over": None if over is None else sorted(over)}
    if notice.task:
        written["task"] = {"kind": notice.task.kind, "about": dict(notice.task.about)}
    return written


def _read(written: Mapping[str, Any]) -> ProviderEvent:
    notice = dict(written)
    if notice["status"]:
        over = notice["status"]["over"]
        notice["status"] = StatusChange(**{**notice["status"], "over": None if over is None else frozenset(over)})
    if notice["task"]:
        notice["task"] = Task(notice["task"]["kind"], notice["task"]["about"])
    return ProviderEvent(**notice)
