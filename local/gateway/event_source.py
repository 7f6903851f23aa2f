"""Poll SQS queues and invoke functions with the messages, as Lambda's event source mapping does.

Failed messages stay in the queue. They become visible again after the visibility timeout, and the queue moves them to
its dead-letter queue after too many receives.
"""

import asyncio
import json
import logging
from typing import Any

from local.account import REGION
from local.gateway.environments import FunctionService, InvocationError
from local.gateway.poller import Poller, PollError
from local.gateway.specification import EventSource

_WAIT_S = 1
Message = dict[str, Any]
_log = logging.getLogger("local.gateway")


class EventSourceMapping:
    """One queue and the function that receives its messages, batch by batch."""

    def __init__(self, source: EventSource, service: FunctionService, endpoint: str) -> None:
        self._source = source
        self._service = service
        self._poller = Poller(endpoint, "sqs", source.function)
        self._is_checked = False
        self._polling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start polling."""
        self._polling = asyncio.create_task(self._poll())

    def stop(self) -> None:
        """Stop polling."""
        if self._polling is not None:
            self._polling.cancel()

    async def _poll(self) -> None:
        while True:
            try:
                messages = await asyncio.to_thread(self._receive)
                if messages:
                    await self._deliver(messages)
            except PollError:  # tests stop MiniStack
                await asyncio.sleep(_WAIT_S)

    def _check_visibility(self) -> None:
        """Check the visibility timeout as Lambda does when it creates a mapping."""
        found = self._call("GetQueueAttributes", AttributeNames=["VisibilityTimeout"])
        if float(found["Attributes"]["VisibilityTimeout"]) < self._service.function.timeout_s:
            _log.error(
                "%s: the queue's visibility timeout is shorter than the function's timeout", self._source.function
            )
        self._is_checked = True

    def _receive(self) -> list[Message]:
        if not self._is_checked:
            self._check_visibility()
        received = self._call(
            "ReceiveMessage",
            MaxNumberOfMessages=self._source.batch_size,
            WaitTimeSeconds=_WAIT_S,
            MessageSystemAttributeNames=["All"],
        )
        messages: list[Message] = received.get("Messages", [])
        return messages

    async def _deliver(self, messages: list[Message]) -> None:
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
        self._call("DeleteMessage", ReceiptHandle=receipt)

    def _call(self, operation: str, **request: object) -> Any:  # noqa: ANN401 - JSON
        return self._poller.call(operation, QueueUrl=self._source.queue_url, **request)

    def _record(self, message: Message) -> dict[str, Any]:
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
