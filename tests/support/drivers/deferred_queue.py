"""The queue of webhooks that the store refused, and its function."""

import json
from typing import Any

from functions.deferred_webhooks import handler
from tests.support.drivers.api_calls import Context
from tests.support.drivers.tasks_queue import TasksQueue, batch

ROUTE = "SQS deferred webhooks"


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the function's response as an HTTP response."""
    return {"statusCode": 200, "body": json.dumps(handler.lambda_handler(event, context))}


def do(*bodies: object) -> list[str]:
    """Hand over a batch of messages; the ids (`m0` and so on) of those that failed."""
    answer: dict[str, Any] = handler.lambda_handler(batch(*bodies), Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def queue_of_account(endpoint: str | None = None) -> TasksQueue:
    return TasksQueue.of_account(endpoint, "DEFERRED_WEBHOOKS_QUEUE_URL")
