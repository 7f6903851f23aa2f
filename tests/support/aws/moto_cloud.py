"""The stack's account on moto: one call at a time."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.responses import DynamoHandler
from moto.sqs.models import sqs_backends

from tests.support.aws import moto_expressions, moto_requests, moto_rows  # noqa: F401 - they change moto
from tests.support.aws.account import provision

ONE_AT_A_TIME = threading.RLock()
_call_action = DynamoHandler.call_action


def _one_at_a_time(handler: DynamoHandler) -> Any:  # noqa: ANN401 - moto's own answer
    # moto has no lock: a cancelled transaction undoes what other threads wrote meanwhile.
    with ONE_AT_A_TIME:
        return _call_action(handler)


DynamoHandler.call_action = _one_at_a_time  # type: ignore[method-assign]


def purge_queues() -> None:
    """Delete all messages inside moto, also those that are delayed: they would arrive in a later test."""
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][os.environ["AWS_DEFAULT_REGION"]].queues.values():
        queue._messages = []


@contextmanager
def moto_cloud() -> Iterator[Any]:
    """Yield a DynamoDB client of the mocked account."""
    with mock_aws():
        yield provision()
