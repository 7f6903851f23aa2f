"""Record which tables, queues and secrets AWS calls touch: calls that touch different ones may swap places."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from botocore.client import BaseClient

_TABLE_READS = frozenset({"GetItem", "Query", "Scan"})
_TABLE_WRITES = frozenset({"DeleteItem", "PutItem", "UpdateItem"})
_QUEUE_CALLS = frozenset(
    {"DeleteMessage", "DeleteMessageBatch", "PurgeQueue", "ReceiveMessage", "SendMessage", "SendMessageBatch"}
)
_STATELESS = frozenset({"Decrypt", "Encrypt"})


@dataclass(frozen=True)
class Touched:
    """What a call, or several, read and wrote. Whole tables and queues: coarser than rows, and never wrong."""

    read: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()

    @classmethod
    def of_call(cls, operation: str, arguments: Mapping[str, Any]) -> "Touched":
        """Return what a call touches. Raises ValueError for an operation that is not listed here."""
        if operation in _TABLE_READS:
            return cls(read=frozenset({arguments["TableName"]}))
        if operation in _TABLE_WRITES:
            return cls(written=frozenset({arguments["TableName"]}))
        if operation == "BatchGetItem":
            return cls(read=frozenset(arguments["RequestItems"]))
        if operation == "BatchWriteItem":
            return cls(written=frozenset(arguments["RequestItems"]))
        if operation == "TransactWriteItems":
            return cls.by_all(map(cls._of_action, arguments["TransactItems"]))
        if operation in _QUEUE_CALLS:
            return cls(written=frozenset({arguments["QueueUrl"]}))
        if operation == "GetSecretValue":
            return cls(read=frozenset({arguments["SecretId"]}))
        if operation in _STATELESS:
            return cls()
        raise ValueError(f"what does {operation} touch?")

    @classmethod
    def _of_action(cls, action: Mapping[str, Any]) -> "Touched":
        [(kind, arguments)] = action.items()
        table = frozenset({arguments["TableName"]})
        return cls(read=table) if kind == "ConditionCheck" else cls(written=table)

    @classmethod
    def by_all(cls, calls: Iterable["Touched"]) -> "Touched":
        return reduce(or_, calls, cls())

    def __or__(self, other: "Touched") -> "Touched":
        return Touched(self.read | other.read, self.written | other.written)

    def is_independent_of(self, other: "Touched") -> bool:
        """Return whether neither wrote what the other read or wrote."""
        return self.written.isdisjoint(other.read | other.written) and other.written.isdisjoint(self.read)


@contextmanager
def record_touched() -> Iterator[list[Touched]]:
    """Collect what the AWS calls of this process touch during the block."""
    client_class: Any = BaseClient  # its stubs leave out what all calls go through
    genuine, touched = client_class._make_api_call, list[Touched]()

    def called(client: BaseClient, operation: str, arguments: Any) -> Any:  # noqa: ANN401
        touched.append(Touched.of_call(operation, arguments))
        return genuine(client, operation, arguments)

    client_class._make_api_call = called
    try:
        yield touched
    finally:
        client_class._make_api_call = genuine
