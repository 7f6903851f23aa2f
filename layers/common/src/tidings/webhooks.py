"""Receiving a provider's webhook: is it authentic, what does it say, and is that stored? Then 200, and not before."""

import json
from collections.abc import Mapping

from tidings import clock, providers
from tidings.answers import WebhookAnswer, WebhookOutcome
from tidings.errors import (
    InvalidSignature,
    NotConfigured,
    PayloadTooLarge,
    ProviderError,
    StoreUnavailable,
    WebhookUnverifiable,
)
from tidings.model import EVERY_SOURCE, Notice, ProviderName, Task, Webhook
from tidings.observability import about, count, told, warned
from tidings.store import events, items, link_sessions, marking, removal, secrets, sources, tasks
from tidings.store.events import Duplicate, Event
from tidings.store.items import HasOwner, Known
from tidings.store.marking import Change
from tidings.store.sources import Key, NotLinked, Removed
from tidings.web.request import Request
from tidings.web.response import Answer, answer

MAX_BODY_BYTES = 256 * 1024
_ATTEMPTS = 5
_REGISTRATION_SKEW_MS = 60_000
"""How far the provider's clock may be behind ours, and how long after a deletion its event may be made."""

_UNRECORDED = ("secret", "token", "name", "mail")


def receive(provider: ProviderName, request: Request) -> Answer:
    """The whole flow for one webhook; the answers are those of DESIGN §3, in its order: 413, 403, 400."""
    if len(request.body) > MAX_BODY_BYTES:
        raise PayloadTooLarge
    about(provider=provider)
    now = clock.now_ms()
    webhook = _verified(provider, request, now)
    notice = providers.webhook(provider).read(webhook)
    if webhook.stale:
        _check_later(provider, notice, webhook)
        raise InvalidSignature("stale")
    outcome = _carry_out(provider, notice, _event(provider, notice, webhook, now), webhook)
    told("webhook", kind=notice.kind, outcome=outcome, event_id=webhook.event_id)
    count("Webhook", provider=provider, outcome=outcome)
    body: WebhookAnswer = {"status": outcome}
    return answer(200, body)


def _verified(provider: ProviderName, request: Request, now: int) -> Webhook:
    reader = providers.webhook(provider)
    app = secrets.app(provider)
    if not reader.configured(app):
        count("WebhookAuthUnconfigured", provider=provider)
        raise NotConfigured
    try:
        webhook = reader.verify(request.headers, request.body, app, now)
    except ProviderError as error:
        raise WebhookUnverifiable from error
    if not webhook.signed:
        warned("webhook accepted without a signature: SnapTradeWebhookAuth is disabled")
        count("WebhookAuthDisabled", provider=provider)
    return webhook


def _carry_out(provider: ProviderName, notice: Notice, event: Event, webhook: Webhook) -> WebhookOutcome:
    if notice.task and notice.item_id is None:
        return _complete(notice.task, event)
    if notice.item_id is None or not (notice.marks or notice.status or notice.removes):
        return "ignored"
    if notice.removes:
        return _remove(provider, notice, notice.item_id, event, webhook.happened_at)
    change = Change(notice.marks, notice.status, webhook.happened_at, notice.institution)
    outcome = _apply(provider, notice, notice.item_id, change, event)
    if notice.task and outcome != "orphan":
        # After the status that it depends on; for a duplicate too, which may stand for a call that was killed here.
        tasks.send(notice.task)
    return outcome


def _complete(task: Task, event: Event) -> WebhookOutcome:
    """A link session that we issued came to its end: the tasks function completes it, if the browser did not."""
    if link_sessions.bound(task.about["link_token"], event.received_at) is None:
        return "ignored"
    if events.recorded(event):
        return "duplicate"
    tasks.send(task)
    try:
        events.record(event, "queued")
    except Duplicate:
        return "duplicate"
    return "queued"


def _apply(provider: ProviderName, notice: Notice, item_id: str, change: Change, event: Event) -> WebhookOutcome:
    """Mark the owner's source, or count an orphan; whichever the item's owner turns out to be when it is written."""
    item = items.key(provider, item_id)
    is_item = notice.source_id == item_id
    owner = items.owner(item)
    create = False
    for _ in range(_ATTEMPTS):
        try:
            if owner is None:
                items.mark_orphan(item, change.status if is_item else None, event)
                return "orphan"
            return marking.mark(Key(owner, provider, notice.source_id, item), change, event, create=create)
        except Duplicate:
            return "duplicate"
        except Removed:
            return "outdated"
        except (NotLinked, HasOwner):
            # A source that is not its item may be one that no refresh has listed yet.
            owner = items.owner(item, consistent=True)
            create = not is_item
    raise StoreUnavailable


def _remove(provider: ProviderName, notice: Notice, item_id: str, event: Event, at: int | None) -> WebhookOutcome:
    """The removal first, for it can be done twice; the record last, for it can't be taken back (§4.2)."""
    if events.recorded(event):
        return "duplicate"
    outcome: WebhookOutcome = "removed"
    known = items.known(items.key(provider, item_id))
    if known and known.user_id and notice.removes == "source":
        removal.remove_source(Key(known.user_id, provider, notice.source_id, items.key(provider, item_id)))
    elif known and known.user_id and not _remove_item(provider, item_id, known.user_id, known, at):
        outcome = "outdated"
    try:
        events.record(event, outcome)
    except Duplicate:
        return "duplicate"
    return outcome


def _remove_item(provider: ProviderName, item_id: str, owner: str, known: Known, at: int | None) -> bool:
    """Unless the event may speak of an earlier registration of the item; then the next refresh asks the provider."""
    registered_at = known.registered_at
    outdated = registered_at is not None and (at is None or at <= registered_at + _REGISTRATION_SKEW_MS)
    if not outdated and removal.remove_item(owner, provider, item_id, registration=known):
        return True
    every = Key(owner, provider, EVERY_SOURCE, items.key(provider, item_id))
    sources.set_check_due(every, clock.now_ms() if at is None else at)
    return False


def _check_later(provider: ProviderName, notice: Notice, webhook: Webhook) -> None:
    """Authentic but too old to be believed at once: the next refresh asks the source (§3)."""
    if notice.item_id is None or webhook.sent_at is None or not (notice.marks or notice.status or notice.removes):
        return
    item = items.key(provider, notice.item_id)
    owner = items.owner(item)
    if owner is not None:
        due = sources.set_check_due(Key(owner, provider, notice.source_id, item), webhook.sent_at)
        told("webhook", kind=notice.kind, outcome="check_due" if due else "outdated", event_id=webhook.event_id)
    count("WebhookStale", provider=provider)


def _event(provider: ProviderName, notice: Notice, webhook: Webhook, now: int) -> Event:
    return Event(
        provider=provider,
        event_id=webhook.event_id,
        kind=notice.kind,
        received_at=now,
        body=json.dumps(_redacted(webhook.payload), separators=(",", ":")),
        kept_for_good=webhook.sent_at is None,
    )


def _redacted(payload: Mapping[str, object]) -> dict[str, object]:
    """The plain fields of an event, without any that could hold a secret or a person's name."""
    return {
        name: value
        for name, value in payload.items()
        if isinstance(value, str | int | bool | None) and not any(part in name.lower() for part in _UNRECORDED)
    }
