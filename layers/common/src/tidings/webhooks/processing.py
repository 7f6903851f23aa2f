"""What an authentic webhook does to the state. Each can be applied again: its event counts once."""

from typing import Literal

from tidings import clock
from tidings.api.response_types import WebhookOutcome
from tidings.errors import StoreUnavailable
from tidings.model import EVERY_SOURCE, Task
from tidings.observability import add_log_context, emit_count, log_info, log_warning
from tidings.store import events, items, link_sessions, reconcile_queue, removal, sources, tasks, updates
from tidings.store.events import Duplicate, EventRecord
from tidings.store.items import AlreadyLinked, ItemRecord
from tidings.store.sources import NotLinked, Removed, SourceKey
from tidings.store.updates import SourceUpdate
from tidings.webhooks.delivery import WebhookDelivery

_ATTEMPTS = 5
_REGISTRATION_SKEW_MS = 60_000
"""How far the provider's clock may be behind ours, and how long after a deletion its event may be made."""


def process(delivery: WebhookDelivery) -> WebhookOutcome:
    """Do what it says; a stale one is only looked into. StoreUnavailable: nobody knows how much of it was done."""
    notice, event = delivery.notice, delivery.event
    if delivery.stale:
        outcome = _check_later(delivery)
    elif notice.task and notice.item_id is None:
        outcome = _complete(notice.task, event)
    elif not notice.is_actionable:
        outcome = _ignore(delivery)
    elif notice.removes:
        outcome = _remove(delivery)
    else:
        outcome = _change(delivery)
        if notice.task and outcome != "orphan":
            # After the status that it depends on; for a duplicate too, which may stand for a call that was killed here.
            tasks.send_task(notice.task)
    log_outcome(delivery, outcome)
    return outcome


def _check_later(delivery: WebhookDelivery) -> WebhookOutcome:
    """Authentic but too old to be believed at once: the next refresh asks the source (§3)."""
    if not delivery.notice.is_actionable or delivery.sent_at is None:
        return _ignore(delivery)
    emit_count("WebhookStale", provider=delivery.provider)
    owner = items.find_owner(delivery.item)
    try:
        due = owner and updates.record_check_due(delivery.source_of(owner), delivery.sent_at, delivery.event)
    except Duplicate:
        return "duplicate"
    if not due:
        return _recorded(delivery.event, "outdated")
    request_status_check(delivery)
    return "check_due"


def request_status_check(delivery: WebhookDelivery) -> None:
    """At once, if the queue takes it; else the schedule finds the check that is due."""
    try:
        reconcile_queue.send_reconcile_messages([reconcile_queue.status_check_message(delivery.item)])
    except StoreUnavailable:
        log_warning("the reconciler was not told")


def log_outcome(delivery: WebhookDelivery, outcome: WebhookOutcome) -> None:
    """One line and one count for what became of a webhook."""
    event = delivery.event
    add_log_context(provider=delivery.provider)
    log_info("webhook", kind=event.kind, outcome=outcome, event_id=event.event_id)
    emit_count("Webhook", provider=delivery.provider, outcome=outcome)


def _complete(task: Task, event: EventRecord) -> WebhookOutcome:
    """A link session that we issued came to its end: the tasks function completes it, if the browser did not."""
    if link_sessions.find_session(task.about["link_token"], event.received_at) is None:
        return _recorded(event, "ignored")
    if events.is_recorded(event):
        return "duplicate"
    tasks.send_task(task)
    return _recorded(event, "queued")


def _ignore(delivery: WebhookDelivery) -> WebhookOutcome:
    """Nothing of ours changes, but the log of webhooks has it, and the log line names the user whom it is about."""
    if delivery.notice.item_id:
        add_log_context(user_id=items.find_owner(delivery.item))
    return _recorded(delivery.event, "ignored")


def _recorded(event: EventRecord, outcome: WebhookOutcome) -> WebhookOutcome:
    try:
        events.record_event(event, outcome)
    except Duplicate:
        return "duplicate"
    return outcome


def _change(delivery: WebhookDelivery) -> WebhookOutcome:
    """Mark the owner's source, or count an orphan; whichever the item's owner turns out to be when it is written."""
    notice, event, item = delivery.notice, delivery.event, delivery.item
    change = SourceUpdate(notice.marks, notice.status, delivery.happened_at, notice.institution)
    is_item = notice.source_id == notice.item_id
    owner = items.find_owner(item)
    create = False
    for _ in range(_ATTEMPTS):
        try:
            if owner is None:
                items.record_orphan_update(item, change.status if is_item else None, event)
                return "orphan"
            return updates.record_update(delivery.source_of(owner), change, event, create=create)
        except Duplicate:
            return "duplicate"
        except Removed:
            return "outdated"
        except (NotLinked, AlreadyLinked):
            # A source that is not its item may be one that no refresh has listed yet.
            owner = items.find_owner(item, consistent=True)
            create = not is_item
    raise StoreUnavailable


def _remove(delivery: WebhookDelivery) -> WebhookOutcome:
    """The removal first, for it can be done twice; the record last, for it can't be taken back (§4.2)."""
    if events.is_recorded(delivery.event):
        return "duplicate"
    return _recorded(delivery.event, process_removal(delivery))


def process_removal(delivery: WebhookDelivery) -> Literal["removed", "outdated"]:
    """End what it says has ended, if anybody has it. Can be done again."""
    known = items.find_record(delivery.item)
    if known and known.user_id and delivery.notice.removes == "source":
        removal.remove_source(delivery.source_of(known.user_id))
    elif known and known.user_id and not _remove_item(delivery, known.user_id, known):
        return "outdated"
    return "removed"


def _remove_item(delivery: WebhookDelivery, owner: str, known: ItemRecord) -> bool:
    """Unless the event may speak of an earlier registration of the item; then the next refresh asks the provider."""
    at, registered_at = delivery.happened_at, known.registered_at
    outdated = registered_at is not None and (at is None or at <= registered_at + _REGISTRATION_SKEW_MS)
    item_id = delivery.item.partition("#")[2]
    if not outdated and removal.remove_item(owner, delivery.provider, item_id, registration=known):
        return True
    every = SourceKey(owner, delivery.provider, EVERY_SOURCE, delivery.item)
    sources.set_check_due(every, clock.now_ms() if at is None else at)
    return False
