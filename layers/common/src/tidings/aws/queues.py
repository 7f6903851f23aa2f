"""Send messages to the stack's SQS queues. Delivery is at least once and in any order."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from tidings import settings
from tidings.aws.clients import aws_client
from tidings.errors import StoreUnavailable
from tidings.model import ItemKey, Task
from tidings.observability import log_warning

MAX_DELAY_S = 900
_BATCH_SIZE = 10

STATUS_CHECK_KIND = "look-1"
PAGE_KIND = "page-1"
"""Message kinds of the reconcile queue. Deployed versions read them, so their spelling is fixed."""
NOTIFICATION_KIND = "notify-1"
"""Of the host's notifications: the version of `Notification.dump`."""


class QueueMessage(NamedTuple):
    """A message that becomes visible after `delay_s` seconds, MAX_DELAY_S at most."""

    kind: str
    about: Mapping[str, Any]
    delay_s: int = 0


def send_task(task: Task) -> None:
    """Send work to the tasks function. Raises StoreUnavailable if the queue does not confirm it."""
    _send(settings.tasks_queue_url(), task.kind, task.about)


def send_deferred_webhook(kind: str, about: Mapping[str, Any]) -> None:
    """Send a webhook that the store refused. Raises StoreUnavailable if the queue does not confirm it."""
    _send(settings.deferred_webhooks_queue_url(), kind, about)


def status_check_message(item: ItemKey, delay_s: int = 0) -> QueueMessage:
    """Build the message that has the reconciler check one item."""
    return QueueMessage(STATUS_CHECK_KIND, {"item": str(item)}, min(delay_s, MAX_DELAY_S))


def request_status_check(item: ItemKey, delay_s: int = 0) -> None:
    """Have the reconciler check the item. If the queue fails, the check that is due within a day makes up for it."""
    try:
        send_reconcile_messages([status_check_message(item, delay_s)])
    except StoreUnavailable:
        log_warning("status check not queued")


def send_reconcile_messages(messages: Sequence[QueueMessage]) -> None:
    """Send messages to the reconciler. Raises StoreUnavailable if the queue does not confirm all; some may be sent."""
    _send_all(settings.reconcile_queue_url(), messages)


def send_notifications(notifications: Sequence[Mapping[str, Any]]) -> None:
    """Send the host's notifications. Raises StoreUnavailable if the queue does not confirm all; some may be sent."""
    _send_all(settings.notify_queue_url(), [QueueMessage(NOTIFICATION_KIND, one) for one in notifications])


def send_dead_notification(about: Mapping[str, Any]) -> None:
    """Make a notification a dead letter at once. Raises StoreUnavailable if the queue does not confirm it."""
    _send(settings.notify_dead_letter_queue_url(), NOTIFICATION_KIND, about)


def postpone_notification(receipt: str, delay_s: int) -> None:
    """Hide a received notification for `delay_s` seconds from now. Raises StoreUnavailable."""
    with _translate_errors():
        aws_client("sqs").change_message_visibility(
            QueueUrl=settings.notify_queue_url(), ReceiptHandle=receipt, VisibilityTimeout=delay_s
        )


def _send_all(queue_url: str, messages: Sequence[QueueMessage]) -> None:
    for start in range(0, len(messages), _BATCH_SIZE):
        entries = [
            {
                "Id": str(number),
                "MessageBody": _body(message.kind, message.about),
                "DelaySeconds": message.delay_s,
            }
            for number, message in enumerate(messages[start : start + _BATCH_SIZE])
        ]
        with _translate_errors():
            response = aws_client("sqs").send_message_batch(QueueUrl=queue_url, Entries=entries)
        if response.get("Failed"):
            raise StoreUnavailable("The queue did not take every message.")


def _send(queue_url: str, kind: str, about: Mapping[str, Any]) -> None:
    with _translate_errors():
        aws_client("sqs").send_message(QueueUrl=queue_url, MessageBody=_body(kind, about))


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError):
        raise StoreUnavailable("The queue does not answer.") from None


def _body(kind: str, about: Mapping[str, Any]) -> str:
    return json.dumps({"kind": kind, "about": dict(about)})
