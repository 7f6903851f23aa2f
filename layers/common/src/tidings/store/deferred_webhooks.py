"""The queue of webhooks that the tables refused."""

from collections.abc import Mapping
from typing import Any

from tidings import settings
from tidings.aws import queues


def send_deferred_webhook(kind: str, about: Mapping[str, Any]) -> None:
    """StoreUnavailable when the queue does not answer: then it is not sent, or sent and not known to be."""
    queues.send_message(settings.deferred_webhooks_queue_url(), kind, about)
