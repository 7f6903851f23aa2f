"""Reconcile on a schedule: catch missed webhooks by polling the providers' free status endpoints.

The schedule's event sends a message for each item that may be checked; each message checks one item, if there is a
reason to (policy).
"""

import random
import time
from collections.abc import Mapping
from typing import Any

from tidings import clock, observability, providers
from tidings.aws import queues, secrets, sqs_batch
from tidings.aws.queues import PAGE_KIND, STATUS_CHECK_KIND, QueueMessage
from tidings.aws.sqs_batch import BatchResponse, Handlers, UnknownMessage
from tidings.concurrency import limit_time
from tidings.errors import ProviderError, RateLimitExceeded, StoreUnavailable
from tidings.model import ItemKey, ProviderName
from tidings.observability import add_log_context, emit_count, log_warning
from tidings.provider_access.credentials import Credentials
from tidings.provider_access.rate_limits import RateLimiter
from tidings.providers import PROVIDER_NAMES
from tidings.reconcile import metric_zeros, policy, unfinished_links
from tidings.reconcile.status_check import StatusCheck
from tidings.store import items, sources, status_checks
from tidings.store.items import EncryptedCredential

SHARE_PERCENT = 40
"""Of a provider's limit. Refreshes may use twice as much, so that users never wait for the reconciler."""

PAGING_S = 20.0
_PAGE_ITEMS = 500
_FIRST_PAUSE_MS = 900_000
_LONGEST_PAUSE_MS = 24 * 3_600_000


def handle(event: Mapping[str, Any], context: Any) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """Handle the schedule's event, which begins a run, or a batch of the queue's messages."""
    if "Records" in event:
        return sqs_batch.process_batch(event, context, _HANDLERS)
    with observability.invocation(context), limit_time(sqs_batch.TIME_LIMIT_S):
        metric_zeros.write_zeros()
        observability.log_info("reconcile", outcome=_send_checks({}))
        _record_lost_items()
    return {"batchItemFailures": []}


def _record_lost_items() -> None:
    try:
        unfinished_links.record_lost_items()
    except StoreUnavailable:
        log_warning("lost items not recorded")  # the next run records them


def _send_checks(fields: Mapping[str, Any]) -> str:
    """Send a message for each item of the table. When time runs out, a last message continues from here."""
    after = ItemKey.parse(fields["after"]) if fields.get("after") else None
    sent = dict.fromkeys(PROVIDER_NAMES, 0) | fields.get("sent", {})
    give_up_at = time.monotonic() + PAGING_S
    while True:
        page = items.list_page(after, clock.now_ms(), _PAGE_ITEMS)
        queues.send_reconcile_messages([_check_message(item, sent) for item in page.items])
        after = page.last
        if after is None:
            for provider in PROVIDER_NAMES:
                emit_count("ReconcileSent", sent[provider], provider=provider)
            return f"sent {sum(sent.values())}"
        if time.monotonic() > give_up_at:
            queues.send_reconcile_messages([QueueMessage(PAGE_KIND, {"after": str(after), "sent": sent})])
            return f"sent {sum(sent.values())} so far"


def _check_message(item: ItemKey, sent: dict[ProviderName, int]) -> QueueMessage:
    """Delay each message as if all earlier ones were due checks, so that they stay within the provider's limit."""
    reader = providers.status_reader(item.provider)
    per_minute = max(1, reader.CALLS_PER_MINUTE * SHARE_PERCENT // 100 // reader.CALLS_PER_CHECK)
    minutes = sent[item.provider] // per_minute
    sent[item.provider] += 1
    return queues.status_check_message(item, 60 * minutes)


def _check(fields: Mapping[str, Any]) -> str:
    """Check one item, if there is a reason to."""
    item = _parse_item(fields)
    encrypted = items.encrypted_credentials([item]).get(item)
    now = clock.now_ms()
    if encrypted is None:
        return "nothing to check"
    if encrypted.check_after > now:
        return "too early"
    add_log_context(provider=item.provider, user_id=encrypted.user_id)
    rows = sources.read_user_state(encrypted.user_id).of_item(item)
    reader = providers.status_reader(item.provider)
    reason = policy.first_check_reason(rows, reader.MAX_SILENCE_HOURS * 3_600_000, now)
    if reason is None:
        return "nothing to do"
    app = secrets.app_secret(item.provider)
    if not reader.is_configured(app):
        return "not configured"
    rate_limiter = RateLimiter(item.provider, reader.CALLS_PER_MINUTE, reader.RATE_COUNTER, SHARE_PERCENT)
    credentials = Credentials(encrypted.user_id, item.provider, app, {item: encrypted}, rate_limiter)
    check = StatusCheck(credentials, reader, item.item_id, rows, now)
    try:
        check.run()
    except ProviderError as error:
        return _back_off(item, encrypted, error)
    if encrypted.check_failures or encrypted.check_after:
        status_checks.reset_backoff(item, encrypted.user_id)
    return ", ".join([reason, *(f"{number} {outcome}" for outcome, number in check.outcomes.items())])


def _back_off(item: ItemKey, encrypted: EncryptedCredential, error: ProviderError) -> str:
    """Suspend checks of the item: for as long as the provider says, otherwise twice as long after each failure."""
    is_rate_limited = isinstance(error, RateLimitExceeded)
    failures = encrypted.check_failures + (not is_rate_limited)
    pause = min(_FIRST_PAUSE_MS * 2 ** max(0, min(failures, 10) - 1), _LONGEST_PAUSE_MS)
    requested = 1000 * (error.retry_after_s or 0)
    jittered = round(pause * random.uniform(0.9, 1.1))
    until = clock.now_ms() + (requested if is_rate_limited else max(requested, jittered))
    status_checks.back_off(item, encrypted.user_id, until, failures)
    log_warning("not checked", problem=error.slug, failures=failures)
    emit_count("ReconcileFailed", provider=item.provider, problem=error.slug)
    return f"not checked: {error.slug}"


def _parse_item(fields: Mapping[str, Any]) -> ItemKey:
    try:
        return ItemKey.parse(str(fields.get("item")))
    except ValueError:
        raise UnknownMessage from None


_HANDLERS: Handlers = {STATUS_CHECK_KIND: _check, PAGE_KIND: _send_checks}
