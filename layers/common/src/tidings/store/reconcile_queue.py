"""The queue of items to be looked at."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from tidings import settings
from tidings.aws import clients
from tidings.errors import StoreUnavailable

_AT_ONCE = 10
MAX_DELAY_S = 900


class QueueMessage(NamedTuple):
    """A message that is seen after so many seconds, MAX_DELAY_S at most."""

    kind: str
    about: Mapping[str, Any]
    delay_s: int = 0


LOOK, PAGE = "look-1", "page-1"


def status_check_message(item: str, delay_s: int = 0) -> QueueMessage:
    return QueueMessage(LOOK, {"item": item}, min(delay_s, MAX_DELAY_S))


def send_reconcile_messages(orders: Sequence[QueueMessage]) -> None:
    """StoreUnavailable when the queue did not take each of them: some may be sent then."""
    for start in range(0, len(orders), _AT_ONCE):
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps({"kind": order.kind, "about": dict(order.about)}),
                "DelaySeconds": order.delay_s,
            }
            for number, order in enumerate(orders[start : start + _AT_ONCE])
        ]
        try:
            answer = clients.aws_client("sqs").send_message_batch(
                QueueUrl=settings.reconcile_queue_url(), Entries=entries
            )
        except (BotoCoreError, ClientError):
            raise StoreUnavailable("The queue does not answer.") from None
        if answer.get("Failed"):
            raise StoreUnavailable("The queue did not take every message.")
