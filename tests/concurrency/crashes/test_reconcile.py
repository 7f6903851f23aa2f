"""The reconciler killed around each store call: nothing is lost, and the next run completes the work."""

from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.kept_scenarios import KeptScenarios
from tests.support.drivers.process_pool import Invocation, ProcessPool
from tests.support.drivers.silent_source import SilentSource
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.drivers.user_driver import UserDriver
from tests.support.faults.crash_tests import CrashTest

pytestmark = pytest.mark.invariant(id="I4")

ITEMS_OF_TWO_BATCHES = 11
PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]


@pytest.fixture
def queue(engine: Engine) -> SqsQueue:
    return reconcile_queue.connect_queue(engine.url)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_killed_status_check_is_completed_by_next(
    new_silent_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[SilentSource, Invocation]:
        scenario: SilentSource = new_silent_source(provider)
        return scenario, scenario.status_check_call()

    def check(scenario: SilentSource) -> None:
        assert scenario.recorded_updates() in {0, 1}
        scenario.check_status()
        scenario.check_status()
        assert scenario.recorded_updates() == 1
        assert scenario.user_driver.pending(provider)
        before = scenario.user_driver.shown_holdings()
        scenario.user_driver.refresh(provider)
        assert scenario.user_driver.shown_holdings() != before
        assert not scenario.user_driver.pending(provider)

    assert "TransactWriteItems" in CrashTest(prepare, check).run_all_crashes(process_pool)


def test_killed_check_finds_and_removes_connections_later(
    app: App,
    new_silent_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
) -> None:
    added: list[LinkedSource] = []

    def prepare() -> tuple[SilentSource, Invocation]:
        scenario: SilentSource = new_silent_source("snaptrade")
        added[:] = [scenario.replace_at_provider()]
        return scenario, scenario.status_check_call()

    def check(scenario: SilentSource) -> None:
        scenario.user_driver.shown_holdings()
        app.providers.reset()
        scenario.user_driver.backdate_activity()
        scenario.check_status()
        assert scenario.user_driver.generation(added[0]) == 1
        assert scenario.user_driver.pending("snaptrade")
        scenario.user_driver.shown_holdings()

    assert CrashTest(prepare, check).run_all_crashes(process_pool).count("TransactWriteItems") >= 3


def test_killed_schedule_skips_no_item(
    app: App, engine: Engine, kept_scenarios: KeptScenarios, process_pool: ProcessPool, queue: SqsQueue
) -> None:
    """After a kill the schedule runs again, and no item is skipped. It also renews the list of brokers."""

    def new() -> list[str]:
        user_driver = UserDriver(app, engine.dynamodb)
        items = [user_driver.link("plaid").item_id for _ in range(ITEMS_OF_TWO_BATCHES)]
        user_driver.backdate_activity()
        return items

    def prepare() -> tuple[list[str], Invocation]:
        items = kept_scenarios.make(new)
        queue.drain()
        return items, Invocation(reconcile_queue.ROUTE, dict(reconcile_queue.SCHEDULED))

    def check(items: list[str]) -> None:
        reconcile_queue.start_run()
        queued = queue.drain()
        assert [item for item in items if reconcile_queue.status_check_message(f"plaid#{item}") not in queued] == []

    operations = CrashTest(prepare, check).run_all_crashes(process_pool)
    assert set(operations) == {"Scan", "SendMessageBatch", "UpdateItem"}
    assert operations.count("SendMessageBatch") >= 2
