"""Read the log of webhooks for operators, and replay an event that had no effect."""

import json
from collections.abc import Iterator
from typing import Literal, NamedTuple

from tidings import providers
from tidings.aws import queues
from tidings.errors import NotFound
from tidings.model import ItemKey, ProviderName, Source, VerifiedWebhook
from tidings.store import events, items, sources, updates, user_state
from tidings.store.events import LoggedEvent
from tidings.store.updates import SourceUpdate
from tidings.webhooks import processing
from tidings.webhooks.delivery import WebhookDelivery

Verdict = Literal["applied", "would be applied", "nothing to do"]

_AS_NEW = "its source has an update at least as new"


class EventFilter(NamedTuple):
    """Select events: each given field must match. Instants in ms."""

    since: int
    until: int
    provider: ProviderName | None = None
    outcome: str | None = None
    kind: str | None = None
    user_id: str | None = None
    item: ItemKey | None = None

    def matches(self, found: LoggedEvent) -> bool:
        """Whether an event has the wanted provider, outcome, kind and item."""
        has = (found.event.provider, found.outcome, found.event.kind, found.event.item)
        wants = (self.provider, self.outcome, self.kind, self.item and str(self.item))
        return all(want is None or want == value for want, value in zip(wants, has, strict=True))


class Replay(NamedTuple):
    """The result of replaying an event, and its reason."""

    verdict: Verdict
    reason: str


def list_events(wanted: EventFilter) -> Iterator[LoggedEvent]:
    """List events: newest first for one item or user; otherwise in no order, from a scan of the whole table.

    A user's events are those of the items that are linked to the user now.
    """
    if wanted.item is None and wanted.user_id is None:
        found = events.scan_events(wanted.since, wanted.until)
    else:
        mine = None if wanted.user_id is None else items.items_of_user(wanted.user_id)
        keys = mine if wanted.item is None else [wanted.item] if mine is None or wanted.item in mine else []
        of_each = [one for key in keys or () for one in events.events_of_item(key, wanted.since, wanted.until)]
        found = iter(sorted(of_each, key=lambda one: one.event.received_at, reverse=True))
    return (one for one in found if wanted.matches(one))


def find_event(provider: ProviderName, event_id: str) -> LoggedEvent:
    """Return one event. Raises NotFound if it was never recorded or is older than 30 days."""
    found = events.find_event(provider, event_id)
    if found is None:
        raise NotFound("There is no such event in the log.")
    return found


def replay(provider: ProviderName, event_id: str, *, dry_run: bool = False) -> Replay:
    """Process an event again, unless its source has an update at least as new. Raises NotFound as `find_event`.

    For use after a table was restored, or for an event that an older version ignored.
    """
    delivery = _restore_delivery(find_event(provider, event_id))
    if not delivery.event.is_actionable:
        return Replay("nothing to do", "it changes no state")
    owner = items.find_owner(delivery.item, consistent=True)
    if owner is None:
        return Replay("nothing to do", "its item is not linked")
    if delivery.stale:
        return _replay_stale(delivery, owner, dry_run)
    row = _find_row(delivery, owner)
    if row is None:
        return Replay("nothing to do", "its source is not linked")
    if delivery.event.removes:
        return _replay_removal(delivery, dry_run)
    return _replay_update(delivery, owner, row, dry_run)


def _restore_delivery(recorded: LoggedEvent) -> WebhookDelivery:
    """Parse an ignored event again, since this version may know more, unless the log cut its body."""
    delivery = WebhookDelivery.from_record(recorded.event)
    if recorded.outcome != "ignored":
        return delivery
    try:
        payload = json.loads(recorded.event.body)
    except ValueError:
        return delivery
    webhook = VerifiedWebhook(recorded.event.event_id, payload, delivery.sent_at)
    parsed = providers.webhook_reader(delivery.provider).parse_event(webhook)
    return delivery._replace(event=parsed._replace(task=None))


def _find_row(delivery: WebhookDelivery, owner: str) -> Source | None:
    return user_state.read_user_state(owner).find(delivery.provider, delivery.event.source_id)


def _replay_stale(delivery: WebhookDelivery, owner: str, dry_run: bool) -> Replay:
    row, at = _find_row(delivery, owner), delivery.sent_at or 0
    if row is None or row.check_due is not None or _newest_check(row) >= at + sources.PROVIDER_CLOCK_LAG_MS:
        return Replay("nothing to do", "its source was checked since, or a check is due")
    if dry_run:
        return Replay("would be applied", "its source would be checked")
    if not sources.set_check_due(delivery.source_of(owner), at):
        return Replay("nothing to do", "its source was checked in the meantime")
    queues.request_status_check(delivery.item)
    return Replay("applied", "a check of its source is due")


def _newest_check(row: Source) -> int:
    return max(row.last_fetched_at or 0, row.last_reconcile_at or 0)


def _replay_removal(delivery: WebhookDelivery, dry_run: bool) -> Replay:
    if dry_run:
        return Replay("would be applied", "the source or item would be removed")
    if processing.process_removal(delivery) != "removed":
        return Replay("nothing to do", "it may be about an earlier registration")
    return Replay("applied", "the source or item was removed")


def _replay_update(delivery: WebhookDelivery, owner: str, row: Source, dry_run: bool) -> Replay:
    event, received_at = delivery.event, delivery.record.received_at
    if event.marks and (row.last_update_at or 0) >= received_at:
        return Replay("nothing to do", _AS_NEW)
    change = SourceUpdate(event.marks, event.status, delivery.happened_at)
    if not event.marks:
        if change.at is None:
            return Replay("nothing to do", "only its provider knows whether the status still holds")
        if (row.status_at or 0) >= change.at:
            return Replay("nothing to do", _AS_NEW)
    if dry_run:
        return Replay("would be applied", "an update would be recorded" if event.marks else "its status would be set")
    if updates.replay_update(delivery.source_of(owner), change, received_at):
        return Replay("applied", "an update was recorded" if event.marks else "its status was set")
    return Replay("nothing to do", _AS_NEW)
