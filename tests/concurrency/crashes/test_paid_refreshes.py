"""A paid refresh killed at any call: paid at most once, ended visibly, and the next one works."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, Linked
from tests.support.drivers.process_pool import Invocation, ProcessPool, refresh
from tests.support.drivers.tasks_queue import TasksQueue
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.crashes import Flow

pytestmark = pytest.mark.invariant(id="I4")

PAID = {"paid": True}
DEADLINE_S = 600


@pytest.fixture
def queue(engine: Engine) -> TasksQueue:
    return TasksQueue.of_account(engine.url)


@dataclass
class PaidRefreshScene:
    """An investor at Plaid. `message` is the task, if a paid refresh was requested before."""

    investor: UserDriver
    linked: Linked
    queue: TasksQueue
    message: Any = None

    @classmethod
    def of(cls, investor: UserDriver, queue: TasksQueue) -> "PaidRefreshScene":
        queue.taken()
        linked = investor.holds("plaid")
        investor.app.providers.reset()
        return cls(investor, linked, queue)

    @property
    def app(self) -> App:
        return self.investor.app

    def request_paid(self) -> int:
        return self.app.refresh(self.investor.cookie, "plaid", PAID).status

    def count_paid_calls(self) -> int:
        return len(self.app.providers.calls("plaid", "/investments/refresh"))

    def status(self) -> str:
        return str(self.app.request("GET /plaid/holdings/refresh", self.investor.cookie).json["status"])

    def check(self, ahead: ClockAhead) -> None:
        """At most one call was paid; the paid refresh ends, and the next one is made."""
        assert self.count_paid_calls() <= 1
        ahead.by_s = 61
        assert self.request_paid() == 202
        assert tasks_queue.do(*self.queue.taken()) == []
        assert 1 <= self.count_paid_calls() <= 2
        assert self.status() == "pulling"
        ahead.by_s += DEADLINE_S + 1
        assert self.status() == "failed"


def test_killed_paid_refresh_request_allows_next(
    app: App, engine: Engine, process_pool: ProcessPool, queue: TasksQueue, ahead: ClockAhead
) -> None:
    def prepare() -> tuple[PaidRefreshScene, Invocation]:
        ahead.by_s = 0
        scene = PaidRefreshScene.of(UserDriver(app, engine.dynamodb), queue)
        return scene, refresh(scene.investor.cookie, "plaid", PAID)

    def check(scene: PaidRefreshScene) -> None:
        assert scene.count_paid_calls() == 0
        messages = queue.taken()
        assert len(messages) <= 1
        assert tasks_queue.do(*messages) == []
        assert scene.count_paid_calls() == len(messages)
        scene.check(ahead)

    assert "SendMessage" in Flow(prepare, check).survives(process_pool)


def test_killed_paid_refresh_task_pays_at_most_once(
    app: App, engine: Engine, process_pool: ProcessPool, queue: TasksQueue, ahead: ClockAhead
) -> None:
    """The queue delivers the message again."""

    def prepare() -> tuple[PaidRefreshScene, Invocation]:
        ahead.by_s = 0
        scene = PaidRefreshScene.of(UserDriver(app, engine.dynamodb), queue)
        assert scene.request_paid() == 202
        [scene.message] = queue.taken()
        return scene, Invocation(tasks_queue.ROUTE, tasks_queue.batch(scene.message))

    def check(scene: PaidRefreshScene) -> None:
        assert tasks_queue.do(scene.message) == []
        assert tasks_queue.do(scene.message) == []
        scene.check(ahead)

    assert "Decrypt" in Flow(prepare, check).survives(process_pool)
