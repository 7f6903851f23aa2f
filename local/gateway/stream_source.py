"""Poll a table's stream and invoke a function with its records, as Lambda's event source mapping does.

A batch that fails is tried again until its retries are used up or its records are too old; then it is dropped. Where
the stream was read to is kept in memory only: what is written while MiniStack or the gateway restarts is not read.
"""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from typing import Any

from local.account import REGION
from local.gateway.environments import FunctionService, InvocationError
from local.gateway.poller import Poller, PollError
from local.gateway.specification import StreamSource
from local.gateway.stream_filter import matches

_INTERVAL_S = 0.25
"""Lambda, too, polls each shard four times a second."""
_WAIT_S = 1
Record = dict[str, Any]
_log = logging.getLogger("local.gateway")


class StreamMapping:
    """One stream and the function that receives its records, batch by batch and in order."""

    def __init__(self, source: StreamSource, service: FunctionService, endpoint: str) -> None:
        self._source = source
        self._service = service
        self._poller = Poller(endpoint, "dynamodb", source.function)
        self._is_listed = False
        self._iterators: dict[str, str] = {}
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
                records = await asyncio.to_thread(self._read)
                await self.deliver(records, self._source.retries)
                await asyncio.sleep(0 if records else _INTERVAL_S)
            except PollError:  # tests stop MiniStack, and an iterator expires
                self._iterators.clear()
                await asyncio.sleep(_WAIT_S)

    def _read(self) -> list[Record]:
        """Read the next batch of each shard, and leave out what no pattern matches."""
        if not self._is_listed:
            self._poller.call("ListStreams", TableName=self._source.stream_arn.split("/")[1])  # as Lambda does
            self._is_listed = True
        if not self._iterators:
            self._iterators = {shard: self._open(shard) for shard in self._shards()}
        records: list[Record] = []
        for shard, iterator in list(self._iterators.items()):
            found = self._poller.call("GetRecords", ShardIterator=iterator, Limit=self._source.batch_size)
            records += [record_of(one, self._source.stream_arn) for one in found["Records"]]
            if following := found.get("NextShardIterator"):
                self._iterators[shard] = following
            else:
                del self._iterators[shard]
        patterns = self._source.patterns
        return [one for one in records if not patterns or any(matches(pattern, one) for pattern in patterns)]

    def _shards(self) -> list[str]:
        described = self._poller.call("DescribeStream", StreamArn=self._source.stream_arn)["StreamDescription"]
        return [shard["ShardId"] for shard in described["Shards"]]

    def _open(self, shard: str) -> str:
        named = {"StreamArn": self._source.stream_arn, "ShardId": shard}
        opened = self._poller.call("GetShardIterator", **named, ShardIteratorType="LATEST")
        return str(opened["ShardIterator"])

    async def deliver(self, records: Sequence[Record], retries: int) -> None:
        """Deliver records until they succeed, their retries are used up, or they are too old."""
        current = [one for one in records if not self._is_too_old(one)]
        while current:
            failed_from = await self._invoke(current)
            if failed_from is None:
                return
            is_whole_batch = failed_from < 0
            current = current[max(failed_from, 0) :]
            if is_whole_batch and self._source.bisects and len(current) > 1:  # halves cost no retry
                middle = len(current) // 2
                await self.deliver(current[:middle], retries)
                await self.deliver(current[middle:], retries)
                return
            if retries == 0:
                _log.error("%s: %d records of its stream dropped", self._source.function, len(current))
                return
            retries -= 1
            current = [one for one in current if not self._is_too_old(one)]

    async def _invoke(self, records: Sequence[Record]) -> int | None:
        """Return the index of the first failed record, -1 if the batch failed as a whole, None if it succeeded."""
        try:
            result = json.loads(await self._service.invoke(json.dumps({"Records": records}).encode()))
        except InvocationError:
            return -1
        if not self._source.reports_failures or not result:
            return None
        failures = result.get("batchItemFailures") if isinstance(result, dict) else [None]
        if not failures:
            return None
        order = [one["dynamodb"]["SequenceNumber"] for one in records]
        names = [one.get("itemIdentifier") if isinstance(one, dict) else None for one in failures]
        return min(order.index(name) for name in names) if set(names) <= set(order) else -1

    def _is_too_old(self, record: Record) -> bool:
        age_s = time.time() - float(record["dynamodb"]["ApproximateCreationDateTime"])
        return 0 <= self._source.max_age_s < age_s


def record_of(read: Record, stream_arn: str) -> Record:
    """Return a record as Lambda passes it on."""
    return {
        "eventID": read["eventID"],
        "eventName": read["eventName"],
        "eventVersion": read.get("eventVersion", "1.1"),
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": read["dynamodb"],
        "eventSourceARN": stream_arn,
    }
