"""Defer webhooks that the store refused: keep them in a queue and process them from there."""

from collections.abc import Mapping
from typing import Any

from tidings.aws import queues, sqs_batch
from tidings.aws.sqs_batch import BatchResponse, Handlers, UnknownMessage
from tidings.observability import emit_count
from tidings.webhooks import delivery as deliveries
from tidings.webhooks import processing
from tidings.webhooks.delivery import WebhookDelivery

DEFERRED_KIND = "webhook-1"
"""The version of `delivery.dump`. When it changes, messages that are still queued must stay readable."""


def defer(delivery: WebhookDelivery) -> None:
    """Send the delivery to the queue. Raises StoreUnavailable if the queue does not confirm it."""
    task = delivery.event.task
    if task and delivery.event.item_id is None and not delivery.stale:
        # A completion names a link token, which may stand in no other queue; the tasks function looks up its user.
        # A stale one is only recorded.
        queues.send_task(task)
    else:
        queues.send_deferred_webhook(DEFERRED_KIND, deliveries.dump(delivery))
    emit_count("WebhookDeferred", provider=delivery.provider)


def handle(event: Mapping[str, Any], context: Any) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """Process a batch of deferred webhooks."""
    return sqs_batch.process_batch(event, context, _HANDLERS)


def _process(fields: Mapping[str, Any]) -> str:
    try:
        delivery = deliveries.load(fields)
    except (KeyError, TypeError, ValueError):
        raise UnknownMessage from None
    return processing.process(delivery)


_HANDLERS: Handlers = {DEFERRED_KIND: _process}
