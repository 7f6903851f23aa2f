"""The reconciler's function and queue."""

import json
from typing import Any

from functions.reconcile import handler
from tests.support.drivers.api_calls import Context
from tests.support.drivers.tasks_queue import TasksQueue, batch

ROUTE = "SQS reconcile"
SCHEDULED = {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the function's response as an HTTP response."""
    return {"statusCode": 200, "body": json.dumps(handler.lambda_handler(event, context))}


def status_check_message(item: str) -> dict[str, Any]:
    return {"kind": "look-1", "about": {"item": item}}


def do(*bodies: object) -> list[str]:
    """Hand over a batch of messages; the ids (`m0` and so on) of those that failed."""
    answer: dict[str, Any] = handler.lambda_handler(batch(*bodies), Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def schedule() -> None:
    handler.lambda_handler(dict(SCHEDULED), Context())


def queue_of_account(endpoint: str | None = None) -> TasksQueue:
    return TasksQueue.of_account(endpoint, "RECONCILE_QUEUE_URL")


def run(queue: TasksQueue) -> list[str]:
    """A whole run of the schedule, with everything that it leaves in the queue; what failed."""
    queue.taken()
    schedule()
    messages = queue.taken()
    return do(*messages)
