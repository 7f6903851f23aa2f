"""Call the deferred webhooks' function and read its queue."""

import json
from typing import Any

from functions.deferred_webhooks import handler
from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.tasks_queue import SqsQueue, sqs_event

ROUTE = "SQS deferred webhooks"


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the function's response as an HTTP response."""
    return {"statusCode": 200, "body": json.dumps(handler.lambda_handler(event, context))}


def process_messages(*bodies: object) -> list[str]:
    """Process a batch of messages; return the ids (`m0` and so on) of those that failed."""
    answer: dict[str, Any] = handler.lambda_handler(sqs_event(*bodies), LambdaContext())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def connect_queue(endpoint: str | None = None) -> SqsQueue:
    return SqsQueue.connect(endpoint, "DEFERRED_WEBHOOKS_QUEUE_URL")
