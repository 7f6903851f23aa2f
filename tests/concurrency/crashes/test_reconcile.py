"""The reconciler killed around each store call: nothing is lost, and the next run completes the work."""

from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.process_pool import Invocation, ProcessPool
from tests.support.drivers.silent_source import SilentSource
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.faults.crash_tests import CrashTest

pytestmark = pytest.mark.invariant(id="I4")

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
    new_silent_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    queue: SqsQueue,
) -> None:
    """After a kill the schedule runs again, and no item is skipped. It also renews the list of brokers."""

    def prepare() -> tuple[SilentSource, Invocation]:
        scenario: SilentSource = new_silent_source("plaid")
        queue.drain()
        return scenario, Invocation(reconcile_queue.ROUTE, dict(reconcile_queue.SCHEDULED))

    def check(scenario: SilentSource) -> None:
        reconcile_queue.start_run()
        assert scenario.message in queue.drain()

    assert set(CrashTest(prepare, check).run_all_crashes(process_pool)) == {"Scan", "SendMessageBatch", "UpdateItem"}
