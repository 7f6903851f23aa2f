"""The queue of what is left to the tasks function: at least once, in any order."""

import json

from botocore.exceptions import BotoCoreError, ClientError

from tidings import settings
from tidings.errors import StoreUnavailable
from tidings.model import Task
from tidings.store import aws


def send(task: Task) -> None:
    """StoreUnavailable when the queue does not answer: then the task is not sent, or sent and not known to be."""
    body = json.dumps({"kind": task.kind, "about": dict(task.about)})
    try:
        aws.client("sqs").send_message(QueueUrl=settings.tasks_queue_url(), MessageBody=body)
    except (BotoCoreError, ClientError):
        raise StoreUnavailable("The task can't be queued now.") from None
