"""What no webhook told: on a schedule, every item that is silent, failing or in doubt is looked at, for free (§6)."""

import random
import time
from collections.abc import Mapping
from typing import Any

from tidings import clock, observability, providers
from tidings.aws import secrets, sqs_batch
from tidings.aws.sqs_batch import BatchResponse, Handlers, UnknownMessage
from tidings.errors import ProviderError, RateLimitExceeded
from tidings.model import ProviderName
from tidings.observability import add_log_context, emit_count, log_warning
from tidings.provider_access.credentials import Credentials
from tidings.provider_access.rate_limits import RateLimiter
from tidings.providers import PROVIDER_NAMES
from tidings.reconcile import policy
from tidings.reconcile.status_check import StatusCheck
from tidings.store import items, reconcile_queue, sources, status_checks
from tidings.store.items import EncryptedCredential
from tidings.store.reconcile_queue import LOOK, PAGE, QueueMessage

SHARE_PERCENT = 40
"""Of a provider's limit. Refreshes go on to twice as much, so that users never wait for the reconciler."""

PAGING_S = 20.0
_PAGE_ITEMS = 500
_FIRST_PAUSE_MS = 900_000
_LONGEST_PAUSE_MS = 24 * 3_600_000


def handle(event: Mapping[str, Any], context: Any) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """The schedule's event begins a run; everything else are messages of the queue."""
    if "Records" in event:
        return sqs_batch.process_batch(event, context, _KINDS)
    with observability.invocation(context):
        observability.log_info("reconcile", outcome=_page({}))
    return {"batchItemFailures": []}


def _page(fields: Mapping[str, Any]) -> str:
    """Leave a message for each item of the table; when the time is up, one that goes on from here."""
    after, sent = fields.get("after"), dict.fromkeys(PROVIDER_NAMES, 0) | fields.get("sent", {})
    give_up_at = time.monotonic() + PAGING_S
    while True:
        page = items.list_page(after, clock.now_ms(), _PAGE_ITEMS)
        reconcile_queue.send_reconcile_messages([_order(item, sent) for item in page.items])
        after = page.last
        if after is None:
            for provider in PROVIDER_NAMES:
                emit_count("ReconcileSent", sent[provider], provider=provider)
            return f"sent {sum(sent.values())}"
        if time.monotonic() > give_up_at:
            reconcile_queue.send_reconcile_messages([QueueMessage(PAGE, {"after": after, "sent": sent})])
            return f"sent {sum(sent.values())} so far"


def _order(item: str, sent: dict[ProviderName, int]) -> QueueMessage:
    """Seen as late as the looks before it need, if all of them are due."""
    provider, _ = _split(item)
    reader = providers.status_reader(provider)
    minutes = sent[provider] // max(1, reader.CALLS_PER_MINUTE * SHARE_PERCENT // 100 // reader.CALLS_PER_CHECK)
    sent[provider] += 1
    return reconcile_queue.status_check_message(item, 60 * minutes)


def _look(fields: Mapping[str, Any]) -> str:
    """Look at one item, if there is a reason to."""
    item = str(fields.get("item"))
    provider, item_id = _split(item)
    sealed = items.encrypted_credentials([item]).get(item)
    now = clock.now_ms()
    if sealed is None:
        return "nothing to look at"
    if sealed.check_after > now:
        return "too early"
    add_log_context(provider=provider, user_id=sealed.user_id)
    rows = [row for row in sources.read_user_state(sealed.user_id).of(provider) if row.item_id == item_id]
    reader = providers.status_reader(provider)
    why = policy.first_check_reason(rows, reader.MAX_SILENCE_HOURS * 3_600_000, now)
    if why is None:
        return "nothing to do"
    if not reader.is_configured(secrets.app_secret(provider)):
        return "not configured"
    rate_limiter = RateLimiter(provider, reader.CALLS_PER_MINUTE, reader.RATE_COUNTER, SHARE_PERCENT)
    credentials = Credentials(sealed.user_id, provider, secrets.app_secret(provider), {item: sealed}, rate_limiter)
    check = StatusCheck(credentials, reader, item_id, rows, now)
    try:
        check.run()
    except ProviderError as error:
        return _back_off(item, sealed, error)
    if sealed.check_failures or sealed.check_after:
        status_checks.reset_backoff(item, sealed.user_id)
    return ", ".join([why, *(f"{number} {outcome}" for outcome, number in check.outcomes.items())])


def _back_off(item: str, sealed: EncryptedCredential, error: ProviderError) -> str:
    """Leave the item alone for a while: as long as the provider says, else twice as long each time."""
    spent = isinstance(error, RateLimitExceeded)
    failures = sealed.check_failures + (not spent)
    pause = min(_FIRST_PAUSE_MS * 2 ** max(0, min(failures, 10) - 1), _LONGEST_PAUSE_MS)
    wanted = 1000 * (error.retry_after_s or 0)
    until = clock.now_ms() + (wanted if spent else max(wanted, round(pause * random.uniform(0.9, 1.1))))
    status_checks.back_off(item, sealed.user_id, until, failures)
    log_warning("not looked at", problem=error.slug, failures=failures)
    emit_count("ReconcileFailed", provider=_split(item)[0], problem=error.slug)
    return f"not looked at: {error.slug}"


def _split(item: str) -> tuple[ProviderName, str]:
    provider, _, item_id = item.partition("#")
    if provider not in PROVIDER_NAMES or not item_id:
        raise UnknownMessage
    return provider, item_id


_KINDS: Handlers = {LOOK: _look, PAGE: _page}
