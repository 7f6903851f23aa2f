"""Attempts at AWS within a time limit, and their retries."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from botocore.retries.standard import ExponentialBackoff

from tests.support.fakes.virtual_time import virtual_time
from tidings.aws import clients
from tidings.concurrency import limit_time
from tidings.errors import StateUnavailable, StoreUnavailable
from tidings.model import ItemKey
from tidings.store import sources, user_state
from tidings.store.sources import SourceKey

KEY = SourceKey.of_item("alice", ItemKey("plaid", "p"))


@dataclass
class Attempts:
    """Record how long each attempt may wait, and let each fail: with a response, or without one."""

    status: int | None = None
    waits: list[float | None] = field(default_factory=list)

    def __call__(self, request: Any, **_: object) -> AWSResponse:  # noqa: ANN401 - botocore's request
        self.waits.append(request.context.get("read_timeout"))
        if self.status is None:
            raise ReadTimeoutError(endpoint_url=request.url)
        body = json.dumps({"__type": "ThrottlingException"}).encode()
        return AWSResponse(request.url, self.status, HTTPHeaders(), mock.Mock(stream=lambda: iter([body])))


@contextmanager
def failing(attempts: Attempts) -> Iterator[Attempts]:
    events = clients.aws_client("dynamodb").meta.events
    events.register_first("before-send", attempts)
    try:
        yield attempts
    finally:
        events.unregister("before-send", attempts)


@pytest.fixture
def longest_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each pause after a throttled attempt as long as the SDK's jitter allows."""
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda _self, context: 2.0 ** (context.attempt_number - 1))


@pytest.mark.parametrize(("limit_s", "wait_s"), [(60, 2.0), (1.5, 1.5)])
def test_attempt_waits_no_longer_than_the_time_left(limit_s: float, wait_s: float) -> None:
    with virtual_time(), failing(Attempts()) as attempts, limit_time(limit_s), pytest.raises(StateUnavailable):
        user_state.read_user_state("alice")
    assert attempts.waits[0] == pytest.approx(wait_s)


def test_attempt_of_the_operators_command_waits_as_configured() -> None:
    with virtual_time(), failing(Attempts()) as attempts, pytest.raises(StateUnavailable):
        user_state.read_user_state("alice")
    assert attempts.waits == [None] * 3


@pytest.mark.parametrize(
    ("limit_s", "attempts_made", "took_s"), [(0.9, 1, 0), (1.1, 2, 1), (2.9, 2, 1), (3.1, 3, 3), (60, 3, 3)]
)
def test_pause_after_throttling_does_not_outlast_the_time_left(
    longest_pauses: None, limit_s: float, attempts_made: int, took_s: float
) -> None:
    with virtual_time() as virtual, failing(Attempts(status=400)) as attempts:
        began_at = virtual.now_s
        with limit_time(limit_s), pytest.raises(StateUnavailable):
            user_state.read_user_state("alice")
        assert virtual.now_s - began_at == pytest.approx(took_s)
    assert len(attempts.waits) == attempts_made


@pytest.mark.parametrize("limit_s", [0, -1])
def test_call_without_time_left_is_not_sent(limit_s: float) -> None:
    with failing(Attempts()) as attempts, limit_time(limit_s):
        with pytest.raises(StateUnavailable):
            user_state.read_user_state("alice")
        with pytest.raises(StoreUnavailable):
            sources.set_check_due(KEY, 1)
    assert attempts.waits == []
