"""An authentic webhook as far as it must be known to be applied, now or later: without its signature and secrets."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tidings.model import Notice, ProviderName, StatusChange, Task, Webhook
from tidings.store import items
from tidings.store.events import Event
from tidings.store.sources import Key

_UNRECORDED = ("secret", "token", "name", "mail")


class Delivery(NamedTuple):
    """`sent_at`, `happened_at`, `stale`: as in `model.Webhook`."""

    provider: ProviderName
    notice: Notice
    event: Event
    sent_at: int | None
    happened_at: int | None
    stale: bool = False

    @property
    def item(self) -> str:
        """The key of the item that it is about."""
        return items.key(self.provider, self.notice.item_id or "")

    def source_of(self, owner: str) -> Key:
        return Key(owner, self.provider, self.notice.source_id, self.item)


def of(provider: ProviderName, notice: Notice, webhook: Webhook, now: int) -> Delivery:
    event = Event(
        provider=provider,
        event_id=webhook.event_id,
        kind=notice.kind,
        received_at=now,
        body=json.dumps(_redacted(webhook.payload), separators=(",", ":")),
        kept_for_good=webhook.sent_at is None,
    )
    return Delivery(provider, notice, event, webhook.sent_at, webhook.happened_at, webhook.stale)


def _redacted(payload: Mapping[str, object]) -> dict[str, object]:
    """The plain fields of an event, without any that could hold a secret or a person's name."""
    return {
        name: value
        for name, value in payload.items()
        if isinstance(value, str | int | bool | None) and not any(part in name.lower() for part in _UNRECORDED)
    }


def dump(delivery: Delivery) -> dict[str, Any]:
    """As a message carries it."""
    notice = delivery.notice
    written = notice._asdict()
    if notice.status:
        over = notice.status.over
        written["status"] = {**notice.status._asdict(), "over": None if over is None else sorted(over)}
    if notice.task:
        written["task"] = {"kind": notice.task.kind, "about": dict(notice.task.about)}
    return {**delivery._asdict(), "notice": written, "event": delivery.event._asdict()}


def load(written: Mapping[str, Any]) -> Delivery:
    """What `dump` wrote. KeyError, TypeError or ValueError for anything else."""
    notice, event = dict(written["notice"]), dict(written["event"])
    if notice["status"]:
        over = notice["status"]["over"]
        status = {**notice["status"], "over": None if over is None else frozenset(over)}
        notice["status"] = StatusChange(**status)
    if notice["task"]:
        notice["task"] = Task(notice["task"]["kind"], notice["task"]["about"])
    return Delivery(**{**written, "notice": Notice(**notice), "event": Event(**event)})
