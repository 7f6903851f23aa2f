"""Webhooks that the store refused: kept in a queue, their second home, and applied from there as if they came now."""

from collections.abc import Mapping
from typing import Any

from tidings.aws import sqs_batch
from tidings.aws.sqs_batch import BatchResponse, Handlers, UnknownMessage
from tidings.observability import emit_count
from tidings.store import deferred_webhooks, tasks
from tidings.webhooks import delivery as deliveries
from tidings.webhooks import processing
from tidings.webhooks.delivery import WebhookDelivery

KIND = "webhook-1"
"""Of this version of `deliveries.dump`. What a queue still holds when the version changes must be read on."""


def defer(delivery: WebhookDelivery) -> None:
    """Leave it to the queue. StoreUnavailable when that does not answer either."""
    task = delivery.notice.task
    if task and delivery.notice.item_id is None and not delivery.stale:
        # A completion names a link token, which belongs in no other queue; whose it is the tasks function finds out.
        tasks.send_task(task)
    else:
        deferred_webhooks.send_deferred_webhook(KIND, deliveries.dump(delivery))
    emit_count("WebhookDeferred", provider=delivery.provider)


def handle(event: Mapping[str, Any], context: Any) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """A batch of the queue's messages."""
    return sqs_batch.process_batch(event, context, _KINDS)


def _apply(fields: Mapping[str, Any]) -> str:
    try:
        delivery = deliveries.load(fields)
    except (KeyError, TypeError, ValueError):
        raise UnknownMessage from None
    return processing.process(delivery)


_KINDS: Handlers = {KIND: _apply}
