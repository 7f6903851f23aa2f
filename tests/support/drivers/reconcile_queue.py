"""Call the reconciler's function and read its queue."""

import json
from typing import Any

from functions.reconcile import handler
from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.tasks_queue import SqsQueue, sqs_event

ROUTE = "SQS reconcile"
SCHEDULED = {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the function's response as an HTTP response."""
    return {"statusCode": 200, "body": json.dumps(handler.lambda_handler(event, context))}


def status_check_message(item: str) -> dict[str, Any]:
    return {"kind": "look-1", "about": {"item": item}}


def process_messages(*bodies: object) -> list[str]:
    """Process a batch of messages; return the ids (`m0` and so on) of those that failed."""
    answer: dict[str, Any] = handler.lambda_handler(sqs_event(*bodies), LambdaContext())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def start_run() -> None:
    handler.lambda_handler(dict(SCHEDULED), LambdaContext())


def connect_queue(endpoint: str | None = None) -> SqsQueue:
    return SqsQueue.connect(endpoint, "RECONCILE_QUEUE_URL")


def complete_run(queue: SqsQueue) -> list[str]:
    """Run the schedule and process all messages that it queues; return the ids of those that failed."""
    queue.drain()
    start_run()
    messages = queue.drain()
    return process_messages(*messages)
