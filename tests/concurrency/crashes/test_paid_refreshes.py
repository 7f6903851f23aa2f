"""A paid refresh killed at any call: paid at most once, ended visibly, and the next one works."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.process_pool import Invocation, ProcessPool, refresh_invocation
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.crash_tests import CrashTest

pytestmark = pytest.mark.invariant(id="I4")

PAID = {"paid": True}
DEADLINE_S = 600


@pytest.fixture
def queue(engine: Engine) -> SqsQueue:
    return SqsQueue.connect(engine.url)


@dataclass
class PaidRefreshScene:
    """A user at Plaid. `message` is the task, if a paid refresh was requested before."""

    user_driver: UserDriver
    linked: LinkedSource
    queue: SqsQueue
    message: Any = None

    @classmethod
    def of(cls, user_driver: UserDriver, queue: SqsQueue) -> "PaidRefreshScene":
        queue.drain()
        linked = user_driver.link_and_refresh("plaid")
        user_driver.app.providers.reset()
        return cls(user_driver, linked, queue)

    @property
    def app(self) -> App:
        return self.user_driver.app

    def request_paid(self) -> int:
        return self.app.refresh(self.user_driver.cookie, "plaid", PAID).status

    def count_paid_calls(self) -> int:
        return len(self.app.providers.calls("plaid", "/investments/refresh"))

    def status(self) -> str:
        return str(self.app.request("GET /plaid/holdings/refresh", self.user_driver.cookie).json["status"])

    def check(self, ahead: ClockAhead) -> None:
        """At most one call was paid; the paid refresh ends, and the next one is made."""
        assert self.count_paid_calls() <= 1
        ahead.by_s = 61
        assert self.request_paid() == 202
        assert tasks_queue.process_messages(*self.queue.drain()) == []
        assert 1 <= self.count_paid_calls() <= 2
        assert self.status() == "pulling"
        ahead.by_s += DEADLINE_S + 1
        assert self.status() == "failed"


def test_killed_paid_refresh_request_allows_next(
    app: App, engine: Engine, process_pool: ProcessPool, queue: SqsQueue, ahead: ClockAhead
) -> None:
    def prepare() -> tuple[PaidRefreshScene, Invocation]:
        ahead.by_s = 0
        scenario = PaidRefreshScene.of(UserDriver(app, engine.dynamodb), queue)
        return scenario, refresh_invocation(scenario.user_driver.cookie, "plaid", PAID)

    def check(scenario: PaidRefreshScene) -> None:
        assert scenario.count_paid_calls() == 0
        messages = queue.drain()
        assert len(messages) <= 1
        assert tasks_queue.process_messages(*messages) == []
        assert scenario.count_paid_calls() == len(messages)
        scenario.check(ahead)

    assert "SendMessage" in CrashTest(prepare, check).run_all_crashes(process_pool)


def test_killed_paid_refresh_task_pays_at_most_once(
    app: App, engine: Engine, process_pool: ProcessPool, queue: SqsQueue, ahead: ClockAhead
) -> None:
    """The queue delivers the message again."""

    def prepare() -> tuple[PaidRefreshScene, Invocation]:
        ahead.by_s = 0
        scenario = PaidRefreshScene.of(UserDriver(app, engine.dynamodb), queue)
        assert scenario.request_paid() == 202
        [scenario.message] = queue.drain()
        return scenario, Invocation(tasks_queue.ROUTE, tasks_queue.sqs_event(scenario.message))

    def check(scenario: PaidRefreshScene) -> None:
        assert tasks_queue.process_messages(scenario.message) == []
        assert tasks_queue.process_messages(scenario.message) == []
        scenario.check(ahead)

    assert "Decrypt" in CrashTest(prepare, check).run_all_crashes(process_pool)
