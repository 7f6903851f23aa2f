"""A process that Lambda freezes after its response, with a thread left behind, and wakes for the next request."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.aws.held_call import hold_first
from tests.support.aws.tables import Tables
from tests.support.drivers import deferred_queue as deferred
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.store_timeout import HANGS_S, READS_S, shorten_store_timeout
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tidings import concurrency

pytestmark = pytest.mark.invariant(id="I6")

FROZEN_S = 60


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
    shorten_store_timeout(monkeypatch, HANGS_S if operation == "GetItem" else READS_S)
    [caught] = app.providers.capture_webhooks(linked.provider, **linked.control_arguments)
    before = tables.generation(linked.provider, linked.source_id)
    with hold_first(operation, dies=dies) as held:
        assert app.deliver(linked.provider, caught).json == {"status": "deferred"}
        freeze()
        assert held.wake() == []
    assert tables.generation(linked.provider, linked.source_id) == before
    assert deferred.process_messages(*deferred_queue.drain()) == []
    assert tables.generation(linked.provider, linked.source_id) == before + 1
