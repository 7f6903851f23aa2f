"""A deferred webhook killed at any call: provider or queue delivers it again, without a duplicate count."""

from dataclasses import dataclass

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import deferred_queue
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.process_pool import Invocation, ProcessPool, webhook_invocation
from tests.support.drivers.tasks_queue import SqsQueue, sqs_event
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.providers import CapturedWebhook
from tests.support.faults.crash_tests import CrashTest
from tests.support.faults.fault_injection import Crash, Crashed, Side, StoreOutage

pytestmark = [pytest.mark.invariant(id="I4"), pytest.mark.invariant(id="I6")]

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]


@pytest.fixture
def queue(engine: Engine) -> SqsQueue:
    queue = deferred_queue.connect_queue(engine.url)
    queue.drain()
    return queue


@dataclass
class Deferred:
    user_driver: UserDriver
    linked: LinkedSource
    caught: CapturedWebhook
    before: int
    message: object = None

    @classmethod
    def create(cls, user_driver: UserDriver, provider: ProviderName) -> "Deferred":
        linked = user_driver.link(provider)
        return cls(user_driver, linked, user_driver.capture_webhooks(linked)[0], user_driver.generation(linked))

    def count_updates(self) -> int:
        return self.user_driver.generation(self.linked) - self.before


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_killed_deferral_counts_webhook_once(
    app: App, engine: Engine, process_pool: ProcessPool, queue: SqsQueue, provider: ProviderName, side: Side
) -> None:
    """The provider got no response, so it retries; the queue may hold the webhook as well."""
    scenario = Deferred.create(UserDriver(app, engine.dynamodb), provider)
    killed = webhook_invocation(provider, scenario.caught, store_fault=StoreOutage(Crash("SendMessage", side)))
    assert process_pool.run(killed) == Crashed("SendMessage")
    messages = queue.drain()
    assert len(messages) == (side == "after")
    assert scenario.count_updates() == 0
    assert app.deliver(provider, scenario.caught).json["status"] == "marked"
    assert deferred_queue.process_messages(*messages) == []
    assert scenario.count_updates() == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_killed_deferred_processing_counts_webhook_once(
    app: App, engine: Engine, process_pool: ProcessPool, queue: SqsQueue, provider: ProviderName
) -> None:
    def prepare() -> tuple[Deferred, Invocation]:
        scenario = Deferred.create(UserDriver(app, engine.dynamodb), provider)
        answered = process_pool.start_process(
            webhook_invocation(provider, scenario.caught, store_fault=StoreOutage())
        ).response()
        assert answered.json == {"status": "deferred"}
        [scenario.message] = queue.drain()
        return scenario, Invocation(deferred_queue.ROUTE, sqs_event(scenario.message))

    def check(scenario: Deferred) -> None:
        assert deferred_queue.process_messages(scenario.message) == []
        assert app.deliver(provider, scenario.caught).json["status"] == "duplicate"
        assert scenario.count_updates() == 1
        assert scenario.user_driver.pending(provider)

    assert "TransactWriteItems" in CrashTest(prepare, check).run_all_crashes(process_pool)


def test_concurrent_queue_and_provider_deliveries_count_once(
    app: App, engine: Engine, process_pool: ProcessPool, queue: SqsQueue
) -> None:
    """The queue delivers its message twice while the provider retries."""
    scenario = Deferred.create(UserDriver(app, engine.dynamodb), "snaptrade")
    assert (
        process_pool.start_process(webhook_invocation("snaptrade", scenario.caught, store_fault=StoreOutage()))
        .response()
        .status
        == 200
    )
    [message] = queue.drain()
    from_the_queue = Invocation(deferred_queue.ROUTE, sqs_event(message))
    process_pool.run_concurrently(
        [from_the_queue, webhook_invocation("snaptrade", scenario.caught), from_the_queue] * 4
    )
    assert scenario.count_updates() == 1
