"""The log of webhooks, for operators: what came, what became of it, and once more if it left no trace."""

import json
from collections.abc import Iterator
from typing import Literal, NamedTuple

from tidings import providers
from tidings.errors import NotFound
from tidings.model import ProviderName, Source, VerifiedWebhook
from tidings.store import events, items, sources, updates
from tidings.store.events import LoggedEvent
from tidings.store.updates import SourceUpdate
from tidings.webhooks import delivery as deliveries
from tidings.webhooks import processing
from tidings.webhooks.delivery import WebhookDelivery

Verdict = Literal["applied", "would be applied", "nothing to do"]


class EventFilter(NamedTuple):
    """Which events: all that are given must fit. Instants in ms; `item` is `<provider>#<the provider's id>`."""

    since: int
    until: int
    provider: ProviderName | None = None
    outcome: str | None = None
    kind: str | None = None
    user_id: str | None = None
    item: str | None = None

    def matches(self, found: LoggedEvent) -> bool:
        has = (found.event.provider, found.outcome, found.event.kind, found.event.item)
        wants = (self.provider, self.outcome, self.kind, self.item)
        return all(want is None or want == value for want, value in zip(wants, has, strict=True))


class Replay(NamedTuple):
    """What came of doing an event once more, and why."""

    verdict: Verdict
    reason: str


def list_events(wanted: EventFilter) -> Iterator[LoggedEvent]:
    """Newest first where an item or a user is named: their events only are read. Else in no order, the whole table.

    A user's events are those of the items that are the user's now.
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
    """NotFound: never recorded, or older than 30 days."""
    found = events.find_event(provider, event_id)
    if found is None:
        raise NotFound("There is no such event in the log.")
    return found


def replay(provider: ProviderName, event_id: str, *, dry_run: bool = False) -> Replay:
    """Do again what an event said, if nothing as new was heard of its source since: else it changes nothing.

    For after a table was restored, or for what an older version ignored. NotFound as in `find`.
    """
    recorded = find_event(provider, event_id)
    delivery = _understood(recorded)
    if not delivery.notice.is_actionable:
        return Replay("nothing to do", "it changes nothing of ours")
    owner = items.find_owner(delivery.item, consistent=True)
    if owner is None:
        return Replay("nothing to do", "its item is nobody's")
    if delivery.stale:
        return _looked_at(delivery, owner, dry_run)
    row = _row(delivery, owner)
    if row is None:
        return Replay("nothing to do", "its source is not linked")
    if delivery.notice.removes:
        return _removed(delivery, dry_run)
    return _marked(delivery, owner, row, dry_run)


def _understood(recorded: LoggedEvent) -> WebhookDelivery:
    """What was ignored is read anew, for this version may know more, unless the log has only a part of it."""
    delivery = deliveries.of_record(recorded.event)
    if recorded.outcome != "ignored":
        return delivery
    try:
        payload = json.loads(recorded.event.body)
    except ValueError:
        return delivery
    again = VerifiedWebhook(recorded.event.event_id, payload, delivery.sent_at)
    return delivery._replace(notice=providers.webhook_reader(delivery.provider).parse_event(again)._replace(task=None))


def _row(delivery: WebhookDelivery, owner: str) -> Source | None:
    rows = sources.read_user_state(owner).of(delivery.provider)
    return next((row for row in rows if row.source_id == delivery.notice.source_id), None)


def _looked_at(delivery: WebhookDelivery, owner: str, dry_run: bool) -> Replay:
    row, at = _row(delivery, owner), delivery.sent_at or 0
    if row is None or row.check_due is not None or max(row.last_fetched_at or 0, row.last_reconcile_at or 0) >= at:
        return Replay("nothing to do", "something as new is known, or a look is due")
    if dry_run:
        return Replay("would be applied", "its source would be looked into")
    if not sources.set_check_due(delivery.source_of(owner), at):
        return Replay("nothing to do", "something as new is known by now")
    processing.request_status_check(delivery)
    return Replay("applied", "its source is looked into")


def _removed(delivery: WebhookDelivery, dry_run: bool) -> Replay:
    if dry_run:
        return Replay("would be applied", "what it ended would be removed")
    if processing.process_removal(delivery) != "removed":
        return Replay("nothing to do", "it may speak of an earlier registration")
    return Replay("applied", "what it ended was removed")


def _marked(delivery: WebhookDelivery, owner: str, row: Source, dry_run: bool) -> Replay:
    notice, received_at = delivery.notice, delivery.event.received_at
    if notice.marks and (row.last_update_at or 0) >= received_at:
        return Replay("nothing to do", "its source was told of something as new")
    change = SourceUpdate(notice.marks, notice.status, delivery.happened_at)
    if not notice.marks and change.at is None:
        return Replay("nothing to do", "only its provider can say whether its status still holds")
    if not notice.marks and (row.status_at or 0) >= (change.at or 0):
        return Replay("nothing to do", "its source was told of something as new")
    if dry_run:
        return Replay("would be applied", "its source would be marked" if notice.marks else "its status would be set")
    if updates.replay_update(delivery.source_of(owner), change, received_at):
        return Replay("applied", "its source is marked" if notice.marks else "its status is set")
    return Replay("nothing to do", "its source was told of something as new")
