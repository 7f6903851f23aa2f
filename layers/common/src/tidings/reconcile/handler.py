"""Reconcile on a schedule: catch missed webhooks by polling the providers' free status endpoints.

The schedule's event sends a message for each item that is due. Each message checks one item, if there is a reason to
(policy), and stores when the item is due again.
"""

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tidings import clock, observability, providers
from tidings.aws import queues, secrets, sqs_batch
from tidings.aws.queues import PAGE_KIND, STATUS_CHECK_KIND, QueueMessage
from tidings.aws.sqs_batch import BatchResponse, Handlers, UnknownMessage
from tidings.concurrency import limit_time
from tidings.errors import ProviderError, RateLimitExceeded, StoreUnavailable
from tidings.model import ItemKey, ProviderName, Source
from tidings.observability import add_log_context, emit_count, log_warning
from tidings.provider_access.credentials import Credentials
from tidings.provider_access.rate_limits import RateLimiter
from tidings.providers import PROVIDER_NAMES
from tidings.reconcile import brokers, metric_zeros, policy, unfinished_links
from tidings.reconcile.status_check import StatusCheck
from tidings.store import check_schedule, items, user_state
from tidings.store.items import EncryptedCredential

SHARE_PERCENT = 40
"""Of a provider's limit. Refreshes may use twice as much, so that users never wait for the reconciler."""

PAGING_S = 20.0
_PAGE_ITEMS = 500
_FIRST_PAUSE_MS = 900_000


def handle(event: Mapping[str, Any], context: Any) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """Handle the schedule's event, which begins a run, or a batch of the queue's messages."""
    if "Records" in event:
        return sqs_batch.process_batch(event, context, _HANDLERS)
    with observability.invocation(context), limit_time(sqs_batch.TIME_LIMIT_S):
        metric_zeros.write_zeros()
        observability.log_info("reconcile", outcome=_send_checks({}))
        _record_lost_items()
        brokers.renew()
    return {"batchItemFailures": []}


def _record_lost_items() -> None:
    try:
        unfinished_links.record_lost_items()
    except StoreUnavailable:
        log_warning("lost items not recorded")  # the next run records them


def _send_checks(fields: Mapping[str, Any]) -> str:
    """Send a message for each item that is due. When time runs out, a last message continues from here.

    `ReconcileSent` counts the items that are not backed off, due or not: alarms need to know whether there are any.
    """
    after = ItemKey.parse(fields["after"]) if fields.get("after") else None
    sent = dict.fromkeys(PROVIDER_NAMES, 0) | fields.get("sent", {})
    watched = sent | fields.get("watched", {})
    give_up_at = time.monotonic() + PAGING_S
    while True:
        page = check_schedule.list_page(after, clock.now_ms(), _PAGE_ITEMS)
        queues.send_reconcile_messages([_check_message(one.item, sent) for one in page.items if one.is_due])
        for one in page.items:
            watched[one.item.provider] += not one.is_backed_off
        after = page.last
        if after is None:
            for provider in PROVIDER_NAMES:
                emit_count("ReconcileSent", watched[provider], provider=provider)
            return f"sent {sum(sent.values())} of {sum(watched.values())}"
        if time.monotonic() > give_up_at:
            counts = {"sent": sent, "watched": watched}
            queues.send_reconcile_messages([QueueMessage(PAGE_KIND, {"after": str(after), **counts})])
            return f"sent {sum(sent.values())} so far"


def _check_message(item: ItemKey, sent: dict[ProviderName, int]) -> QueueMessage:
    """Delay each message as if all earlier ones were due checks, so that they stay within the provider's limit."""
    reader = providers.status_reader(item.provider)
    per_minute = max(1, reader.CALLS_PER_MINUTE * SHARE_PERCENT // 100 // reader.CALLS_PER_CHECK)
    minutes = sent[item.provider] // per_minute
    sent[item.provider] += 1
    return queues.status_check_message(item, 60 * minutes)


def _check(fields: Mapping[str, Any]) -> str | None:
    """Check one item, if there is a reason to. Returns None if there is none: most checks, which are not logged."""
    item = _parse_item(fields)
    encrypted = items.encrypted_credentials([item]).get(item)
    now = clock.now_ms()
    if encrypted is None:
        return None
    if encrypted.is_backed_off(now):
        return None
    add_log_context(provider=item.provider, user_id=encrypted.user_id)
    rows = user_state.read_user_state(encrypted.user_id).of_item(item)
    reader = providers.status_reader(item.provider)
    reason = policy.first_check_reason(rows, reader.MAX_SILENCE_HOURS * 3_600_000, now)
    if reason is None:
        _schedule_next(item, encrypted, rows, now)
        return None
    app = secrets.app_secret(item.provider)
    if not reader.is_configured(app):
        check_schedule.schedule_check(item, encrypted, policy.daily_check_at(now))
        return "not configured"
    rate_limiter = RateLimiter(item.provider, reader.CALLS_PER_MINUTE, reader.RATE_COUNTER, SHARE_PERCENT)
    credentials = Credentials(encrypted.user_id, item.provider, app, {item: encrypted}, rate_limiter)
    check = StatusCheck(credentials, reader, item.item_id, rows, now)
    try:
        check.run()
    except ProviderError as error:
        return _back_off(item, encrypted, error)
    _schedule_next(item, encrypted, user_state.read_user_state(encrypted.user_id).of_item(item), now)
    return ", ".join([reason, *(f"{number} {outcome}" for outcome, number in check.outcomes.items())])


def _schedule_next(item: ItemKey, encrypted: EncryptedCredential, rows: Sequence[Source], now: int) -> None:
    silent_after_ms = providers.status_reader(item.provider).MAX_SILENCE_HOURS * 3_600_000
    check_schedule.schedule_check(item, encrypted, policy.next_check_at(rows, silent_after_ms, now))


def _back_off(item: ItemKey, encrypted: EncryptedCredential, error: ProviderError) -> str:
    """Suspend checks of the item: for as long as the provider says, otherwise twice as long after each failure."""
    is_rate_limited = isinstance(error, RateLimitExceeded)
    failures = (encrypted.check_failures or 0) + (not is_rate_limited)
    pause = _FIRST_PAUSE_MS * 2 ** (min(failures, 10) - 1)
    requested = 1000 * (error.retry_after_s or 0)
    jittered = round(pause * random.uniform(0.9, 1.1))
    until = clock.now_ms() + (requested if is_rate_limited else max(requested, jittered))
    check_schedule.back_off(item, encrypted.user_id, until, failures)
    log_warning("not checked", problem=error.slug, failures=failures)
    emit_count("ReconcileFailed", provider=item.provider, problem=error.slug)
    return f"not checked: {error.slug}"


def _parse_item(fields: Mapping[str, Any]) -> ItemKey:
    try:
        return ItemKey.parse(str(fields.get("item")))
    except ValueError:
        raise UnknownMessage from None


_HANDLERS: Handlers = {STATUS_CHECK_KIND: _check, PAGE_KIND: _send_checks}
