"""What comes after the verifier: an authentic event is read and made into its row, whatever stands in it."""

import json

from tidings import providers
from tidings.model import ProviderName, VerifiedWebhook
from tidings.store import events
from tidings.webhooks import delivery as deliveries
from tidings.webhooks.delivery import WebhookDelivery

_NOW = 1_790_000_000_000
_ROW_BYTES = 1024


def recorded(provider: ProviderName, webhook: VerifiedWebhook) -> str:
    """What the event means, a word for each consequence. DynamoDB and the queue must take what becomes of it."""
    notice = providers.webhook_reader(provider).parse_event(webhook)
    delivery = WebhookDelivery.create(provider, notice, webhook, _NOW)
    row = events.event_row(delivery.record, "recorded").serialize()
    assert sum(len(str(value).encode()) for value in row.values()) < 2 * _ROW_BYTES
    assert deliveries.load(json.loads(json.dumps(deliveries.dump(delivery)))) == delivery
    told = (("marks", notice.marks), ("status", notice.status), ("removes", notice.removes), ("task", notice.task))
    return " ".join(name for name, value in told if value) or "nothing"
