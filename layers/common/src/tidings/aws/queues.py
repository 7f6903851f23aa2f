"""Sending a message to one of the stack's queues: at least once, in any order."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tidings.aws import clients
from tidings.errors import StoreUnavailable


def send_message(queue_url: str, kind: str, about: Mapping[str, Any]) -> None:
    """StoreUnavailable when the queue does not answer: then the message is not sent, or sent and not known to be."""
    try:
        clients.aws_client("sqs").send_message(
            QueueUrl=queue_url, MessageBody=json.dumps({"kind": kind, "about": dict(about)})
        )
    except (BotoCoreError, ClientError):
        raise StoreUnavailable("The queue does not answer.") from None
