"""Parse an authentic event and build its row and message, whatever the event contains."""

import json

from tidings import providers
from tidings.model import ProviderName, VerifiedWebhook
from tidings.store import events
from tidings.webhooks import delivery as deliveries
from tidings.webhooks.delivery import WebhookDelivery

_NOW = 1_790_000_000_000
_ROW_BYTES = 1024


def process_event(provider: ProviderName, webhook: VerifiedWebhook) -> str:
    """Parse the event and return its effects. DynamoDB and the queue must accept the row and the message."""
    event = providers.webhook_reader(provider).parse_event(webhook)
    delivery = WebhookDelivery.create(provider, event, webhook, _NOW)
    row = events.event_row(delivery.record, "recorded").serialize()
    assert sum(len(str(value).encode()) for value in row.values()) < 2 * _ROW_BYTES
    queued = delivery if event.item_id else delivery._replace(event=event._replace(task=None))
    assert deliveries.load(json.loads(json.dumps(deliveries.dump(delivery)))) == queued
    effects = (("update", event.marks), ("status", event.status), ("removes", event.removes), ("task", event.task))
    return " ".join(name for name, value in effects if value) or "nothing"
