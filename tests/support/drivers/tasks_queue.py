"""The tasks queue of an account, and its function, handed batches as Lambda's event source mapping does."""

import json
import os
from dataclasses import dataclass
from typing import Any

import boto3

from functions.tasks import handler
from tests.support.drivers.api_calls import LambdaContext

ROUTE = "SQS tasks"
"""Stands for the function where the others are known by a route."""


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the function's response as an HTTP response."""
    answer = handler.lambda_handler(event, context)
    return {"statusCode": 200, "body": json.dumps(answer)}


def sqs_event(*bodies: object) -> dict[str, Any]:
    """The event of some messages; what is not a text is sent as JSON."""
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {"Records": [{"messageId": f"m{number}", "body": text} for number, text in enumerate(texts)]}


def process_messages(*bodies: object) -> list[str]:
    """Hand over a batch of messages; the ids (`m0` and so on) of those that failed."""
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
        """What was sent since the last call."""
        url, messages = os.environ[self.variable], []
        while received := self.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in received:
                self.client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            messages += [json.loads(message["Body"]) for message in received]
        return messages
