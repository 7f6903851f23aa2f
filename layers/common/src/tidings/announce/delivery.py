"""Deliver notifications to the host's backend, from their queue.

A message is tried eleven times within a day, then it is a dead letter. Order is not promised. Each message carries its
generation, and one below the newest delivered of its source and type is dropped before it is sent.
"""

import random
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from tidings import clock, settings
from tidings.announce.notification import Notification
from tidings.announce.signing import sign_headers, signing_keys
from tidings.aws import queues, secrets, sqs_batch
from tidings.aws.sqs_batch import BatchResponse, Handlers, UnknownMessage
from tidings.concurrency import limit_time
from tidings.errors import HostUnavailable, ProviderError, StoreUnavailable
from tidings.http.client import send_request
from tidings.observability import add_log_context, emit_count, log_warning
from tidings.store import newest_delivered

RETRY_DELAYS_S = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600, 21_600)
"""The pauses between attempts. The queue's maxReceiveCount is one more, so that the last failure is a dead letter."""

RESPONSE_TIMEOUT_S = 5.0
MAX_RESPONSE_BYTES = 64 * 1024
_POSTPONE_S = 3.0
_JITTER = 0.1
_GONE = 410


class HostResponse(NamedTuple):
    """The host's answer. `body` is for the operator's test only; nothing else reads or logs it."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the host took the message."""
        return 200 <= self.status < 300


def handle(event: Mapping[str, Any], context: Any) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """Deliver a batch of notifications. A failed one stays in the queue until its next attempt."""
    response = sqs_batch.process_batch(event, context, _HANDLERS)
    failed = {failure["itemIdentifier"] for failure in response["batchItemFailures"]}
    for record in event["Records"]:
        if record["messageId"] in failed:
            _postpone(record)
    return response


def retry_delay_s(attempts: int) -> int:
    """Return the pause after this many attempts; 0 after the last: the queue then moves the message at once."""
    if attempts > len(RETRY_DELAYS_S):
        return 0
    return round(RETRY_DELAYS_S[attempts - 1] * random.uniform(1, 1 + _JITTER))


def send(message_id: str, body: bytes) -> HostResponse:
    """Send one signed message to the host. Raises HostUnavailable if it does not answer, or redirects."""
    keys = signing_keys(secrets.app_secret("notify"))
    signed = sign_headers(keys, message_id, clock.now_ms() // 1000, body)
    try:
        response = send_request(
            "POST",
            settings.notify_url(),
            headers={"content-type": "application/json", **signed},
            body=body,
            deadline=time.monotonic() + RESPONSE_TIMEOUT_S,
            max_bytes=MAX_RESPONSE_BYTES,
            parse=bytes,
        )
    except ProviderError as error:
        raise HostUnavailable from error
    return HostResponse(response.status, response.body or b"")


def _deliver(fields: Mapping[str, Any]) -> str:
    notification = _load(fields)
    add_log_context(provider=notification.provider, user_id=notification.user_id)
    if notification.generation < newest_delivered.newest_generation(notification.series):
        emit_count("NotificationOutdated")
        return "outdated"
    response = send(notification.message_id, notification.payload())
    if response.status == _GONE:
        queues.send_dead_notification(fields)
        emit_count("NotificationGone")
        return "gone"
    if not response.is_success:
        raise HostUnavailable(f"The host answered {response.status}.")
    newest_delivered.record_delivery(notification.series, notification.generation, clock.now_ms())
    emit_count("NotificationSent")
    return "sent"


def _load(fields: Mapping[str, Any]) -> Notification:
    try:
        return Notification.load(fields)
    except TypeError:
        raise UnknownMessage from None


def _postpone(record: Mapping[str, Any]) -> None:
    """Hide a failed message until its next attempt. If the queue fails, its visibility timeout is the pause."""
    delay_s = retry_delay_s(int(record["attributes"]["ApproximateReceiveCount"]))
    try:
        with limit_time(_POSTPONE_S):
            queues.postpone_notification(record["receiptHandle"], delay_s)
    except StoreUnavailable:
        log_warning("notification not postponed", message_id=record["messageId"])


_HANDLERS: Handlers = {queues.NOTIFICATION_KIND: _deliver}
