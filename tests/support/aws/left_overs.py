"""Batches of which DynamoDB does only a part, and returns the rest as unprocessed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from tidings.aws import clients

BATCHES = frozenset({"BatchWriteItem", "BatchGetItem"})
Send = Callable[[Any], Any]
"""Sends the request with these arguments."""


@dataclass
class LeftOvers:
    """Leave the rows of `times` batches over (None: of all), those after the first `kept`. `sizes`: of all batches.

    `only`: batches that contain this kind of request, `PutRequest` or `DeleteRequest`.
    """

    times: int | None = None
    kept: int = 0
    only: str = ""
    sizes: list[int] = field(default_factory=list)
    left: int = 0

    def answer(self, operation: str, arguments: Mapping[str, Any], send: Send) -> Any:  # noqa: ANN401
        if operation not in BATCHES:
            return send(arguments)
        [(table, requested)] = arguments["RequestItems"].items()
        is_read = operation == "BatchGetItem"
        rows = requested["Keys"] if is_read else requested
        self.sizes.append(len(rows))
        if self.left == self.times or (self.only and self.only not in rows[0]):
            return send(arguments)
        self.left += 1
        done, rest = rows[: self.kept], rows[self.kept :]
        sent = {table: {**requested, "Keys": done} if is_read else done}
        response = send({**arguments, "RequestItems": sent}) if done else {"Responses": {}} if is_read else {}
        if not rest:
            return response
        kept_over = {table: {**requested, "Keys": rest} if is_read else rest}
        return {**response, "UnprocessedKeys" if is_read else "UnprocessedItems": kept_over}


@contextmanager
def leave_over(left_overs: LeftOvers) -> Iterator[LeftOvers]:
    """Answer the batches of the product's client."""
    client = clients.aws_client("dynamodb")
    genuine = client._make_api_call

    def call(operation: str, arguments: Any) -> Any:  # noqa: ANN401
        return left_overs.answer(operation, arguments, lambda changed: genuine(operation, changed))

    with mock.patch.object(client, "_make_api_call", call):
        yield left_overs
