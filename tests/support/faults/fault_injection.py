"""Inject faults into a process at its store calls: kill it, pause it, or fail the call.

A store call is one call of botocore to DynamoDB, KMS or SQS, counted from 0 within one invocation.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Literal

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from urllib3 import PoolManager

from tests.support.aws.left_overs import LeftOvers
from tests.support.faults.thread_order import follow_threads, known_calls, learn
from tests.support.faults.touched import Touched

Side = Literal["before", "after"]
_STORE = frozenset({"dynamodb", "kms", "sqs"})
_WRITES = frozenset({"UpdateItem", "PutItem", "DeleteItem", "TransactWriteItems"})
_READS = frozenset({"BatchGetItem", "Decrypt", "Encrypt", "GetItem", "Query", "Scan"})


@dataclass(frozen=True)
class Crashed:
    """The process ended itself at that call, with nothing flushed, closed or returned."""

    operation: str


@dataclass(frozen=True)
class Paused:
    """The process waits before that call."""

    operation: str


@dataclass(frozen=True)
class StoreCall:
    """`send` makes the call with these or other arguments; `test` is the connection to the test."""

    index: int
    operation: str
    arguments: Any
    send: Callable[[Any], Any]
    test: Connection

    def run(self) -> Any:  # noqa: ANN401
        """Make the call."""
        return self.send(self.arguments)


class StoreFault:
    """No fault: make the call."""

    def intercept(self, call: StoreCall) -> Any:  # noqa: ANN401
        return call.run()


@dataclass(frozen=True)
class Crash(StoreFault):
    """`at`: the number of the call, or the operation."""

    at: int | str
    side: Side

    def intercept(self, call: StoreCall) -> Any:  # noqa: ANN401
        if self.at not in {call.index, call.operation}:
            return call.run()
        try:
            return call.run() if self.side == "after" else None
        finally:
            call.test.send(Crashed(call.operation))
            os._exit(1)


@dataclass
class Pause(StoreFault):
    """Pause once, until the test continues the process. `at`: the number of the call, or the operation."""

    at: int | str
    over: bool = False

    def intercept(self, call: StoreCall) -> Any:  # noqa: ANN401
        if not self.over and self.at in {call.index, call.operation}:
            self.over = True
            call.test.send(Paused(call.operation))
            call.test.recv()
        return call.run()


@dataclass
class WriteConflicts(StoreFault):
    """DynamoDB rejects the first `times` writes of each operation as conflicts with another write.

    With `duplicate`, a rejected transaction also reports a failed condition.
    """

    times: int
    duplicate: bool = False
    refused: Counter[str] = field(default_factory=Counter)

    def intercept(self, call: StoreCall) -> Any:  # noqa: ANN401
        if call.operation not in _WRITES or self.refused[call.operation] >= self.times:
            return call.run()
        self.refused[call.operation] += 1
        if call.operation != "TransactWriteItems":
            raise ClientError(_refusal("TransactionConflictException"), call.operation)
        reasons = ["TransactionConflict", "ConditionalCheckFailed" if self.duplicate else "None"]
        raise ClientError(_refusal("TransactionCanceledException", reasons), call.operation)


@dataclass
class PartialBatches(StoreFault):
    """DynamoDB does only a part of some batches."""

    left_overs: LeftOvers

    def intercept(self, call: StoreCall) -> Any:  # noqa: ANN401
        return self.left_overs.answer(call.operation, call.arguments, call.send)


@dataclass(frozen=True)
class StoreOutage(StoreFault):
    """DynamoDB and KMS fail every call. `then`: the fault of the SQS calls."""

    then: StoreFault = field(default_factory=StoreFault)

    def intercept(self, call: StoreCall) -> Any:  # noqa: ANN401
        if call.operation == "SendMessage":
            return self.then.intercept(call)
        raise ClientError(_refusal("InternalServerError"), call.operation)


def _refusal(code: str, reasons: list[str] | None = None) -> Any:  # noqa: ANN401 - botocore's error answer
    answer: dict[str, Any] = {"Error": {"Code": code, "Message": "Transaction is ongoing for the item"}}
    if reasons:
        answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return answer


@dataclass(frozen=True)
class MadeCall:
    """A store call. `provider_calls`: how many calls of providers began before it.

    `known_calls`: the numbers of the calls that end before it begins, however the threads are scheduled.
    """

    operation: str
    provider_calls: int
    touched: Touched
    known_calls: frozenset[int]

    @property
    def has_effect(self) -> bool:
        """Whether another process can see that it was made."""
        return self.operation not in _READS


def inject_fault(store_fault: StoreFault, test: Connection) -> list[MadeCall]:
    """Apply a fault to every store call of this process. Return the list that collects the calls in order."""
    client_class: Any = BaseClient  # its stubs leave out what all calls go through
    genuine = client_class._make_api_call
    counting, made, provider_calls = threading.Lock(), list[MadeCall](), _count_provider_calls()
    follow_threads()

    def called(client: BaseClient, operation: str, arguments: Any) -> Any:  # noqa: ANN401
        if client.meta.service_model.service_name not in _STORE:
            return genuine(client, operation, arguments)
        with counting:
            number = len(made)
            touched = Touched.of_call(operation, arguments)
            made.append(MadeCall(operation, len(provider_calls), touched, known_calls()))
        send = partial(genuine, client, operation)
        try:
            return store_fault.intercept(StoreCall(number, operation, arguments, send, test))
        finally:
            learn({number})

    client_class._make_api_call = called
    return made


def _count_provider_calls() -> list[str]:
    """Return a list that collects the URLs of provider calls. botocore does not send its requests this way."""
    urls: list[str] = []
    manager: Any = PoolManager
    genuine = manager.request

    def requested(pools: PoolManager, method: str, url: str, **arguments: Any) -> Any:  # noqa: ANN401
        urls.append(url)
        return genuine(pools, method, url, **arguments)

    manager.request = requested
    return urls
