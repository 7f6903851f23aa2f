"""Make the store reject the webhooks' writes, while the queue works."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from local import aws
from local.cloud import LocalCloud
from tests.support.drivers.queues import messages_left
from tests.support.drivers.waiting import wait_until

_POLLED_S = 1.1
"""A poll that is already waiting (for a second) keeps the previous timeout."""
_QUEUE = "DeferredWebhooksQueue"


@contextmanager
def store_refuses_webhooks(cloud: LocalCloud) -> Iterator[None]:
    """Delete the table of webhook events, then recreate it empty. The queue retries soon, instead of in minutes."""
    _try_again_after(cloud, "1")
    time.sleep(_POLLED_S)
    cloud.drop_table("WebhookEventsTable")
    try:
        yield
    finally:
        cloud.provision()  # resets the queue's visibility timeout too


def wait_until_processed(cloud: LocalCloud) -> None:
    """Wait until no deferred webhook is left: one change at a provider may send several."""
    wait_until(lambda: messages_left(cloud, _QUEUE) == 0, "a deferred webhook was not processed")


def _try_again_after(cloud: LocalCloud, seconds: str) -> None:
    client = aws.sqs(cloud.ministack_url)
    client.set_queue_attributes(QueueUrl=cloud.physical[_QUEUE], Attributes={"VisibilityTimeout": seconds})
