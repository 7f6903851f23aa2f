"""Call the tasks function as Lambda's event source mapping does, and read its queue."""

import json
import os
from dataclasses import dataclass
from typing import Any

import boto3

from functions.tasks import handler
from tests.support.drivers.api_calls import LambdaContext

ROUTE = "SQS tasks"
"""Names the function where other functions are named by a route."""


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the function's response as an HTTP response."""
    answer = handler.lambda_handler(event, context)
    return {"statusCode": 200, "body": json.dumps(answer)}


def sqs_event(*bodies: object) -> dict[str, Any]:
    """Build the event of a batch of messages; a body that is no string is sent as JSON."""
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": f"receipt-{number}",
                "body": text,
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for number, text in enumerate(texts)
        ]
    }


def process_messages(*bodies: object) -> list[str]:
    """Process a batch of messages; return the ids (`m0` and so on) of those that failed."""
    answer: dict[str, Any] = handler.lambda_handler(sqs_event(*bodies), LambdaContext())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@dataclass
class SqsQueue:
    """The tasks queue, or another by its variable. `client` reads the queue without the product."""

    client: Any
    variable: str = "TASKS_QUEUE_URL"

    @classmethod
    def connect(cls, endpoint: str | None = None, variable: str = "TASKS_QUEUE_URL") -> "SqsQueue":
        return cls(boto3.client("sqs", endpoint_url=endpoint), variable)

    def drain(self) -> list[Any]:
        """Return and delete all messages in the queue."""
        url, messages = os.environ[self.variable], []
        while received := self.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in received:
                self.client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            messages += [json.loads(message["Body"]) for message in received]
        return messages
