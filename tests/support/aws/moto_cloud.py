"""The stack's account on moto. Single-threaded use of an engine that locks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler

from tests.support.aws.account import provision

_engine = threading.RLock()
_call_action = DynamoHandler.call_action


def _one_at_a_time(handler: DynamoHandler) -> Any:  # noqa: ANN401 - moto's own answer
    # moto has no lock: a cancelled transaction undoes what other threads wrote meanwhile.
    with _engine:
        return _call_action(handler)


DynamoHandler.call_action = _one_at_a_time  # type: ignore[method-assign]


@contextmanager
def moto_cloud() -> Iterator[Any]:
    """Yield a DynamoDB client of the mocked account."""
    with mock_aws():
        yield provision()
