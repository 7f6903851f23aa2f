"""A process that Lambda freezes after its response, with a thread left behind, and wakes for the next request."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.aws.tables import Tables
from tests.support.drivers import deferred_queue as deferred
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tidings import concurrency
from tidings.aws import clients
from tidings.webhooks import receive

pytestmark = pytest.mark.invariant(id="I6")
FROZEN_S = 60


@dataclass
class HeldCall:
    """Hold the first attempt of an operation until the process wakes. `dies`: its connection is dead by then."""

    operation: str
    dies: bool
    awake: threading.Event = field(default_factory=threading.Event)
    sent_later: list[str] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def __call__(self, request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's request
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if threading.current_thread() is self._thread:
            self.sent_later.append(operation)
        elif self._thread is None and operation == self.operation:
            self._thread = threading.current_thread()
            self.awake.wait()
            if self.dies:
                raise ReadTimeoutError(endpoint_url=request.url)

    def wake(self) -> list[str]:
        """Let the thread go on to its end, and return what it sends."""
        assert self._thread is not None
        self.awake.set()
        self._thread.join()
        return self.sent_later


@contextmanager
def hold_first(operation: str, *, dies: bool) -> Iterator[HeldCall]:
    held, events = HeldCall(operation, dies), clients.aws_client("dynamodb").meta.events
    events.register_first("before-send", held)
    try:
        yield held
    finally:
        held.awake.set()
        events.unregister("before-send", held)


@pytest.fixture(params=["runs on", "stands still"])
def freeze(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, stopped_clock: StoppedClock) -> Any:  # noqa: ANN401
    """Freeze the process for a minute. Whether its monotonic clock runs on meanwhile is up to the machine."""

    def freeze() -> None:
        stopped_clock.advance(FROZEN_S)
        now_s = time.monotonic() + FROZEN_S if request.param == "runs on" else 0.0
        monkeypatch.setattr(concurrency, "time", SimpleNamespace(monotonic=lambda: now_s))

    return freeze


@pytest.mark.parametrize(("operation", "dies"), [("GetItem", True), ("GetItem", False), ("TransactWriteItems", True)])
def test_thread_left_behind_writes_nothing_after_the_response(
    app: App,
    linked: LinkedSource,
    tables: Tables,
    deferred_queue: SqsQueue,
    monkeypatch: pytest.MonkeyPatch,
    freeze: Any,  # noqa: ANN401
    operation: str,
    dies: bool,
) -> None:
    monkeypatch.setattr(receive, "STORE_UNTIL_S", 0.2)
    monkeypatch.setattr(receive, "LEAST_STORE_S", 0.2)
    [caught] = app.providers.capture_webhooks(linked.provider, **linked.control_arguments)
    before = tables.generation(linked.provider, linked.source_id)
    with hold_first(operation, dies=dies) as held:
        assert app.deliver(linked.provider, caught).json == {"status": "deferred"}
        freeze()
        assert held.wake() == []
    assert tables.generation(linked.provider, linked.source_id) == before
    assert deferred.process_messages(*deferred_queue.drain()) == []
    assert tables.generation(linked.provider, linked.source_id) == before + 1
