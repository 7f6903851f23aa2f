"""A store that refuses what webhooks write, while the queue takes it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from local import aws
from local.cloud import LocalCloud

_POLLED_S = 1.1
"""A poll of the queue that waits already (for a second) keeps the time that was set before."""
_QUEUE = "DeferredWebhooksQueue"


@contextmanager
def store_refuses_webhooks(cloud: LocalCloud) -> Iterator[None]:
    """The table of their records is gone; it comes back empty. The queue tries again soon, instead of in minutes."""
    _try_again_after(cloud, "1")
    time.sleep(_POLLED_S)
    cloud.drop_table("WebhookEventsTable")
    try:
        yield
    finally:
        cloud.provision()  # the queue's own patience too


def _try_again_after(cloud: LocalCloud, seconds: str) -> None:
    client = aws.sqs(cloud.ministack_url)
    client.set_queue_attributes(QueueUrl=cloud.physical[_QUEUE], Attributes={"VisibilityTimeout": seconds})
