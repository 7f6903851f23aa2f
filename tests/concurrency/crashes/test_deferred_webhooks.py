"""A deferred webhook killed at any call: provider or queue delivers it again, without a duplicate count."""

from dataclasses import dataclass

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import deferred_queue
from tests.support.drivers.app import App, Linked, ProviderName
from tests.support.drivers.process_pool import Invocation, ProcessPool, delivery
from tests.support.drivers.tasks_queue import TasksQueue, batch
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.providers import Caught
from tests.support.faults.crashes import Flow
from tests.support.faults.fault_injection import Crash, Crashed, Refusing, Side

pytestmark = [pytest.mark.invariant(id="I4"), pytest.mark.invariant(id="I6")]

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]


@pytest.fixture
def queue(engine: Engine) -> TasksQueue:
    queue = deferred_queue.queue_of_account(engine.url)
    queue.taken()
    return queue


@dataclass
class Deferred:
    investor: UserDriver
    linked: Linked
    caught: Caught
    before: int
    message: object = None

    @classmethod
    def create(cls, investor: UserDriver, provider: ProviderName) -> "Deferred":
        linked = investor.links(provider)
        return cls(investor, linked, investor.announced(linked)[0], investor.generation(linked))

    def count_updates(self) -> int:
        return self.investor.generation(self.linked) - self.before


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_killed_deferral_counts_webhook_once(
    app: App, engine: Engine, process_pool: ProcessPool, queue: TasksQueue, provider: ProviderName, side: Side
) -> None:
    """The provider got no response, so it retries; the queue may hold the webhook as well."""
    scene = Deferred.create(UserDriver(app, engine.dynamodb), provider)
    killed = delivery(provider, scene.caught, tactic=Refusing(Crash("SendMessage", side)))
    assert process_pool.run(killed) == Crashed("SendMessage")
    messages = queue.taken()
    assert len(messages) == (side == "after")
    assert scene.count_updates() == 0
    assert app.deliver(provider, scene.caught).json["status"] == "marked"
    assert deferred_queue.do(*messages) == []
    assert scene.count_updates() == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_killed_deferred_processing_counts_webhook_once(
    app: App, engine: Engine, process_pool: ProcessPool, queue: TasksQueue, provider: ProviderName
) -> None:
    def prepare() -> tuple[Deferred, Invocation]:
        scene = Deferred.create(UserDriver(app, engine.dynamodb), provider)
        answered = process_pool.begin(delivery(provider, scene.caught, tactic=Refusing())).answer()
        assert answered.json == {"status": "deferred"}
        [scene.message] = queue.taken()
        return scene, Invocation(deferred_queue.ROUTE, batch(scene.message))

    def check(scene: Deferred) -> None:
        assert deferred_queue.do(scene.message) == []
        assert app.deliver(provider, scene.caught).json["status"] == "duplicate"
        assert scene.count_updates() == 1
        assert scene.investor.pending(provider)

    assert "TransactWriteItems" in Flow(prepare, check).survives(process_pool)


def test_concurrent_queue_and_provider_deliveries_count_once(
    app: App, engine: Engine, process_pool: ProcessPool, queue: TasksQueue
) -> None:
    """The queue delivers its message twice while the provider retries."""
    scene = Deferred.create(UserDriver(app, engine.dynamodb), "snaptrade")
    assert process_pool.begin(delivery("snaptrade", scene.caught, tactic=Refusing())).answer().status == 200
    [message] = queue.taken()
    from_the_queue = Invocation(deferred_queue.ROUTE, batch(message))
    process_pool.all_at_once([from_the_queue, delivery("snaptrade", scene.caught), from_the_queue] * 4)
    assert scene.count_updates() == 1
