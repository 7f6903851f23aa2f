"""Receive a webhook: verify, parse, store, then return 200."""

import time
from functools import partial

from tidings import clock, providers
from tidings.api.request import Request
from tidings.api.response import Response, json_response
from tidings.api.response_types import WebhookAnswer, WebhookOutcome
from tidings.aws import secrets
from tidings.concurrency import CallTimeout, call_with_timeout, limit_time
from tidings.errors import (
    InvalidSignature,
    NotConfigured,
    PayloadTooLarge,
    ProviderError,
    StoreUnavailable,
    WebhookUnverifiable,
)
from tidings.model import ProviderName, VerifiedWebhook
from tidings.observability import LineLimit, add_log_context, emit_count, log_warning
from tidings.webhooks import deferred, processing
from tidings.webhooks.delivery import WebhookDelivery
from tidings.webhooks.stored_keys import StoredKeys

MAX_BODY_BYTES = 256 * 1024
TIME_LIMIT_S = 9.0
"""For one webhook. Plaid hangs up after 10 s. The limits below end earlier, to leave time for the queue."""

VERIFY_S = 4.0
STORE_UNTIL_S = 6.0
"""After the start."""
LEAST_STORE_S = 1.0
_STORED_KEYS = StoredKeys()
QUEUE_S = 2.0
REFUSAL_LINES = LineLimit()
"""Of this process. Anyone can post to a webhook's address."""


def preload(provider: ProviderName) -> None:
    """Load what every webhook of the provider needs, while the handler's module is imported."""
    providers.webhook_reader(provider)


def receive(provider: ProviderName, request: Request) -> Response:
    """Receive one webhook. Raises PayloadTooLarge, InvalidSignature and BadRequest, in this order of checks.

    200 is returned only once the event is stored, or deferred to the queue.
    """
    give_up_at = time.monotonic() + STORE_UNTIL_S
    if len(request.body) > MAX_BODY_BYTES:
        raise PayloadTooLarge
    add_log_context(provider=provider)
    now = clock.now_ms()
    with limit_time(VERIFY_S):
        webhook = _verify(provider, request, now)
    event = providers.webhook_reader(provider).parse_event(webhook)
    delivery = WebhookDelivery.create(provider, event, webhook, now)
    try:
        limit = max(LEAST_STORE_S, give_up_at - time.monotonic())
        outcome = call_with_timeout(limit, partial(processing.process, delivery))
    except (StoreUnavailable, CallTimeout) as refusal:
        outcome = _defer(delivery, refusal)
    if webhook.stale:
        raise InvalidSignature("stale")
    body: WebhookAnswer = {"status": outcome}
    return json_response(200, body)


def _defer(delivery: WebhookDelivery, refusal: Exception) -> WebhookOutcome:
    """Fall back to SQS. Raises StoreUnavailable if the queue does not confirm the message either."""
    try:
        call_with_timeout(QUEUE_S, partial(deferred.defer, delivery))
    except (StoreUnavailable, CallTimeout):
        raise StoreUnavailable from (refusal.__cause__ or refusal)
    processing.log_outcome(delivery, "deferred")
    return "deferred"


def _verify(provider: ProviderName, request: Request, now: int) -> VerifiedWebhook:
    reader = providers.webhook_reader(provider)
    app = secrets.app_secret(provider)
    if not reader.is_configured(app):
        emit_count("WebhookAuthUnconfigured", provider=provider)
        raise NotConfigured
    try:
        webhook = reader.verify(request.headers, request.body, app, now, _STORED_KEYS)
    except ProviderError as error:
        raise WebhookUnverifiable from error
    if webhook.signed:
        emit_count("WebhookVerified", provider=provider)
    else:
        log_warning("webhook accepted without a signature: SnapTradeWebhookAuth is disabled")
        emit_count("WebhookAuthDisabled", provider=provider)
    return webhook
