"""A whole other flow runs between any two store calls of a status check."""

from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, ProviderName
from tests.support.drivers.process_pool import Completed, Invocation, ProcessPool, refresh_invocation
from tests.support.drivers.scenarios import Scenario, assert_no_update_lost, unlink
from tests.support.drivers.silent_source import SilentSource
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.interleavings import Interleaving

both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@both
def test_refresh_during_status_check_loses_nothing(
    new_silent_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    ahead: ClockAhead,
    provider: ProviderName,
) -> None:
    """An update is recorded only for data that the refresh has not fetched."""

    def prepare() -> tuple[SilentSource, Invocation]:
        scenario: SilentSource = new_silent_source(provider)
        return scenario, scenario.status_check_call()

    def check(scenario: SilentSource, _done: Completed) -> None:
        assert not scenario.user_driver.pending(provider)
        assert_no_update_lost(scenario, ahead)

    def refreshed(scenario: SilentSource) -> None:
        scenario.user_driver.refresh(provider)

    assert Interleaving(prepare, refreshed, check).run_all_stops(process_pool) > 4


@both
def test_status_check_during_refresh_loses_nothing(
    new_silent_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    ahead: ClockAhead,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[SilentSource, Invocation]:
        scenario: SilentSource = new_silent_source(provider)
        return scenario, refresh_invocation(scenario.user_driver.cookie, provider)

    def check(scenario: SilentSource, done: Completed) -> None:
        assert done.response.status == 200
        assert not scenario.user_driver.pending(provider)
        assert_no_update_lost(scenario, ahead)

    assert Interleaving(prepare, SilentSource.check_status, check).run_all_stops(process_pool) > 10


@both
def test_webhook_during_status_check_loses_nothing(
    new_silent_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    ahead: ClockAhead,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[SilentSource, Invocation]:
        scenario: SilentSource = new_silent_source(provider)
        scenario.updates = scenario.user_driver.trade(scenario.linked)
        return scenario, scenario.status_check_call()

    def delivered(scenario: SilentSource) -> None:
        scenario.user_driver.deliver_webhooks(scenario.linked, scenario.updates)

    def check(scenario: SilentSource, _done: Completed) -> None:
        assert scenario.recorded_updates() in {1, 2}
        assert scenario.user_driver.pending(provider)
        scenario.user_driver.refresh(provider)
        assert_no_update_lost(scenario, ahead)

    Interleaving(prepare, delivered, check).run_all_stops(process_pool)


@both
def test_update_after_refresh_during_status_check_stays_pending(
    new_silent_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    ahead: ClockAhead,
    provider: ProviderName,
) -> None:
    """The update that the check found was fetched; the next trade was not, and stays pending."""

    def prepare() -> tuple[SilentSource, Invocation]:
        scenario: SilentSource = new_silent_source(provider)
        return scenario, scenario.status_check_call()

    def meanwhile(scenario: SilentSource) -> None:
        scenario.user_driver.refresh(provider)
        scenario.trade()

    def check(scenario: SilentSource, _done: Completed) -> None:
        assert scenario.user_driver.pending(provider)
        assert_no_update_lost(scenario, ahead)

    Interleaving(prepare, meanwhile, check).run_all_stops(process_pool)


@both
def test_unlink_during_status_check_leaves_nothing(
    new_silent_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[SilentSource, Invocation]:
        scenario: SilentSource = new_silent_source(provider)
        return scenario, scenario.status_check_call()

    def check(scenario: Scenario, _done: Completed) -> None:
        scenario.assert_gone()

    Interleaving(prepare, unlink, check).run_all_stops(process_pool)


@both
def test_concurrent_status_checks_record_one_update(
    app: App, engine: Engine, process_pool: ProcessPool, provider: ProviderName
) -> None:
    scenario = SilentSource.create(UserDriver(app, engine.dynamodb), provider)
    answers = process_pool.run_concurrently([scenario.status_check_call()] * 12)
    assert [answered.json for answered in answers] == [{"batchItemFailures": []}] * 12
    assert scenario.recorded_updates() == 1


def test_concurrent_schedules_record_one_update(app: App, engine: Engine, process_pool: ProcessPool) -> None:
    scenario = SilentSource.create(UserDriver(app, engine.dynamodb), "plaid")
    queue = reconcile_queue.connect_queue(engine.url)
    queue.drain()
    process_pool.run_concurrently([Invocation(reconcile_queue.ROUTE, dict(reconcile_queue.SCHEDULED))] * 2)
    mine = [message for message in queue.drain() if message == scenario.message]
    assert len(mine) == 2
    assert reconcile_queue.process_messages(*mine) == []
    assert scenario.recorded_updates() == 1
