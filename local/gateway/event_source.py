"""Poll SQS queues and invoke functions with the messages, as Lambda's event source mapping does.

Failed messages stay in the queue. They become visible again after the visibility timeout, and the queue moves them to
its dead-letter queue after too many receives.
"""

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

from local.account import REGION
from local.gateway.environments import FunctionService, InvocationError
from local.gateway.specification import EventSource

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

_WAIT_S = 1
_log = logging.getLogger("local.gateway")


class EventSourceMapping:
    """One queue and the function that receives its messages, batch by batch."""

    def __init__(self, source: EventSource, service: FunctionService, endpoint: str) -> None:
        self._source = source
        self._service = service
        self._endpoint = endpoint
        self._client: SQSClient | None = None
        self._polling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start polling."""
        self._polling = asyncio.create_task(self._poll())

    def stop(self) -> None:
        """Stop polling."""
        if self._polling is not None:
            self._polling.cancel()

    async def _poll(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        while True:
            try:
                messages = await asyncio.to_thread(self._receive)
                if messages:
                    await self._deliver(messages)
            except (BotoCoreError, ClientError):  # tests stop MiniStack
                await asyncio.sleep(_WAIT_S)

    def _create_client(self) -> "SQSClient":
        """Create the client, and check the visibility timeout as Lambda does when it creates a mapping."""
        from local import aws  # lazy: importing boto3 would delay the start by 0.2 s

        client = aws.sqs(self._endpoint, caller=self._source.function)
        found = client.get_queue_attributes(QueueUrl=self._source.queue_url, AttributeNames=["VisibilityTimeout"])
        if float(found["Attributes"]["VisibilityTimeout"]) < self._service.function.timeout_s:
            _log.error(
                "%s: the queue's visibility timeout is shorter than the function's timeout", self._source.function
            )
        return client

    def _receive(self) -> "list[MessageTypeDef]":
        if self._client is None:
            self._client = self._create_client()
        received = self._client.receive_message(
            QueueUrl=self._source.queue_url,
            MaxNumberOfMessages=self._source.batch_size,
            WaitTimeSeconds=_WAIT_S,
            MessageSystemAttributeNames=["All"],
        )
        return received.get("Messages", [])

    async def _deliver(self, messages: "list[MessageTypeDef]") -> None:
        event = {"Records": [self._record(message) for message in messages]}
        try:
            result = json.loads(await self._service.invoke(json.dumps(event).encode()))
        except InvocationError:
            return
        failed = self._failed_message_ids(result, {message["MessageId"] for message in messages})
        for message in messages:
            if message["MessageId"] not in failed:
                await asyncio.to_thread(self._delete, message["ReceiptHandle"])

    def _delete(self, receipt: str) -> None:
        if self._client is not None:
            self._client.delete_message(QueueUrl=self._source.queue_url, ReceiptHandle=receipt)

    def _record(self, message: "MessageTypeDef") -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {},
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._source.queue_arn,
            "awsRegion": REGION,
        }

    def _failed_message_ids(self, result: object, delivered: set[str]) -> set[str]:
        """Return the ids of failed messages; a malformed response fails the whole batch, as on Lambda."""
        if not self._source.reports_failures or not result:
            return set()
        failures = result.get("batchItemFailures", []) if isinstance(result, dict) else [result]
        identifiers = [
            failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures or []
        ]
        return {str(name) for name in identifiers} if delivered.issuperset(identifiers) else delivered
