"""Process a verified webhook: change the state that it names. Repeating it is safe, since an event is recorded once."""

from typing import Literal

from tidings import clock
from tidings.api.response_types import WebhookOutcome
from tidings.aws import queues
from tidings.errors import StoreUnavailable
from tidings.model import Task
from tidings.observability import add_log_context, emit_count, log_info
from tidings.store import events, items, link_sessions, removal, sources, updates
from tidings.store.events import Duplicate, EventRecord
from tidings.store.items import AlreadyLinked, ItemRecord
from tidings.store.sources import NotLinked, Removed, SourceKey
from tidings.store.updates import SourceUpdate
from tidings.webhooks.delivery import WebhookDelivery

_ATTEMPTS = 5
_REGISTRATION_SKEW_MS = 60_000
"""How far the provider's clock may lag behind ours, or how long after a deletion its event may be created."""


def process(delivery: WebhookDelivery) -> WebhookOutcome:
    """Process one delivery. A stale one only makes a check due.

    Raises StoreUnavailable if the store fails; part of the work may then be done.
    """
    event, record = delivery.event, delivery.record
    if delivery.stale:
        outcome = _make_check_due(delivery)
    elif event.task and event.item_id is None:
        outcome = _queue_completion(event.task, record)
    elif not event.is_actionable:
        outcome = _ignore(delivery)
    elif event.removes:
        outcome = _remove_once(delivery)
    else:
        outcome = _update(delivery)
        if event.task and outcome != "orphan":
            # After the status that it depends on; for a duplicate too, since the first delivery may have been killed.
            queues.send_task(event.task)
        if outcome in {"marked", "status"} and event.status and event.status.status == "reconnect_required":
            # Events can arrive out of order: the provider itself says whether the login is still broken.
            queues.request_status_check(delivery.item, queues.MAX_DELAY_S)
    log_outcome(delivery, outcome)
    return outcome


def _make_check_due(delivery: WebhookDelivery) -> WebhookOutcome:
    """Have the reconciler and the next refresh check the source: the event is authentic, but too old to believe."""
    if not delivery.event.is_actionable or delivery.sent_at is None:
        return _ignore(delivery)
    emit_count("WebhookStale", provider=delivery.provider)
    owner = items.find_owner(delivery.item)
    try:
        is_due = owner and updates.record_check_due(delivery.source_of(owner), delivery.sent_at, delivery.record)
    except Duplicate:
        return "duplicate"
    if not is_due:
        # Apart from the event's own record: a clock may be wrong, and the event still counts where it arrives in time.
        return _record(delivery.record._replace(event_id=f"{delivery.record.event_id}#late"), "outdated")
    queues.request_status_check(delivery.item)
    return "check_due"


def log_outcome(delivery: WebhookDelivery, outcome: WebhookOutcome) -> None:
    """Log and count the outcome of a webhook."""
    add_log_context(provider=delivery.provider)
    log_info("webhook", kind=delivery.record.kind, outcome=outcome, event_id=delivery.record.event_id)
    emit_count("Webhook", provider=delivery.provider, outcome=outcome)


def _queue_completion(task: Task, record: EventRecord) -> WebhookOutcome:
    """Have the tasks function complete a link session of ours, in case the browser did not."""
    if link_sessions.find_session(task.about["link_token"], record.received_at) is None:
        return _record(record, "ignored")
    if events.is_recorded(record):
        return "duplicate"
    queues.send_task(task)
    return _record(record, "queued")


def _ignore(delivery: WebhookDelivery) -> WebhookOutcome:
    """Record an event that changes nothing. The owner is looked up for the log line."""
    if delivery.event.item_id:
        owner = items.find_owner(delivery.item)
        add_log_context(user_id=owner)
        delivery = delivery if owner else delivery.without_content()
    return _record(delivery.record, "ignored")


def _record(record: EventRecord, outcome: WebhookOutcome) -> WebhookOutcome:
    try:
        events.record_event(record, outcome)
    except Duplicate:
        return "duplicate"
    return outcome


def _update(delivery: WebhookDelivery) -> WebhookOutcome:
    """Update the owner's source, or count an orphan. If the owner changes before the write, try again."""
    event, record, item = delivery.event, delivery.record, delivery.item
    change = SourceUpdate(event.marks, event.status, delivery.happened_at, event.institution)
    item_is_source = event.source_id == event.item_id
    owner = items.find_owner(item)
    create = False
    for _ in range(_ATTEMPTS):
        try:
            if owner is None:
                items.record_orphan_update(item, change.status if item_is_source else None, record)
                return "orphan"
            return updates.record_update(delivery.source_of(owner), change, record, create=create)
        except Duplicate:
            return "duplicate"
        except Removed:
            return "outdated"
        except (NotLinked, AlreadyLinked):
            owner = items.find_owner(item, consistent=True)
            # A connection of an item may be one that no refresh has listed yet.
            create = not item_is_source
    raise StoreUnavailable


def _remove_once(delivery: WebhookDelivery) -> WebhookOutcome:
    """Remove first, since that can be repeated; record last, since a record makes every repetition a duplicate.

    The provider also reports what we deleted for a user. The log keeps none of that content.
    """
    if events.is_recorded(delivery.record):
        return "duplicate"
    known = items.find_record(delivery.item)
    recorded = delivery if known and known.user_id else delivery.without_content()
    return _record(recorded.record, _remove(delivery, known))


def process_removal(delivery: WebhookDelivery) -> Literal["removed", "outdated"]:
    """Remove the source or item that the provider says has ended, if it is linked. Repeating it is safe."""
    return _remove(delivery, items.find_record(delivery.item))


def _remove(delivery: WebhookDelivery, known: ItemRecord | None) -> Literal["removed", "outdated"]:
    if known and known.user_id and delivery.event.removes == "source":
        removal.remove_source(delivery.source_of(known.user_id))
    elif known and known.user_id and not _remove_item(delivery, known.user_id, known):
        return "outdated"
    return "removed"


def _remove_item(delivery: WebhookDelivery, owner: str, known: ItemRecord) -> bool:
    """Remove the item, unless the event may be about an earlier registration; then a status check is due."""
    at, registered_at = delivery.happened_at, known.registered_at
    is_outdated = registered_at is not None and (at is None or at <= registered_at + _REGISTRATION_SKEW_MS)
    is_being_registered = known.leased_until > clock.now_ms()
    if not is_outdated and not is_being_registered and removal.remove_item(owner, delivery.item, registration=known):
        return True
    wildcard = SourceKey.wildcard(owner, delivery.item)
    if sources.set_check_due(wildcard, clock.now_ms() if at is None else at):
        queues.request_status_check(delivery.item)
    return False
