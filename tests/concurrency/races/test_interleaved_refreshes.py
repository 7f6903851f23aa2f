"""A whole other flow runs between any two store calls of a refresh."""

from typing import Any

import pytest

from tests.support.drivers.app import ProviderName
from tests.support.drivers.process_pool import Completed, Invocation, ProcessPool, refresh_invocation
from tests.support.drivers.scenarios import Scenario, assert_no_update_lost, deliver_update, unlink
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.interleavings import Interleaving

both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@pytest.mark.invariant(id="I1")
@both
def test_update_during_refresh_is_never_lost(
    new_pending_source: Any,  # noqa: ANN401
    process_pool: ProcessPool,
    ahead: ClockAhead,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Scenario, Invocation]:
        scenario: Scenario = new_pending_source(provider)
        return scenario, refresh_invocation(scenario.user_driver.cookie, provider)

    def check(scenario: Scenario, done: Completed) -> None:
        assert done.response.status == 200
        assert_no_update_lost(scenario, ahead)

    assert Interleaving(prepare, Scenario.trade, check).run_all_stops(process_pool) > 10


@pytest.mark.invariant(id="I8")
@both
def test_newer_refresh_during_stalled_one_is_kept(
    new_pending_source: Any,  # noqa: ANN401
    process_pool: ProcessPool,
    ahead: ClockAhead,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Scenario, Invocation]:
        scenario: Scenario = new_pending_source(provider)
        return scenario, refresh_invocation(scenario.user_driver.cookie, provider)

    def meanwhile(scenario: Scenario) -> None:
        scenario.trade()
        ahead.by_s = 61
        scenario.user_driver.refresh(provider)
        scenario.trade()

    def check(scenario: Scenario, done: Completed) -> None:
        assert done.response.status in {200, 429}
        assert_no_update_lost(scenario, ahead)

    Interleaving(prepare, meanwhile, check).run_all_stops(process_pool)


@pytest.mark.invariant(id="I3")
def test_second_refresh_meanwhile_returns_429(new_pending_source: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    answers: list[int] = []

    def prepare() -> tuple[Scenario, Invocation]:
        answers.clear()
        scenario: Scenario = new_pending_source("plaid")
        scenario.user_driver.app.providers.reset()
        return scenario, refresh_invocation(scenario.user_driver.cookie, "plaid")

    def meanwhile(scenario: Scenario) -> None:
        answers.append(scenario.user_driver.app.refresh(scenario.user_driver.cookie, "plaid").status)

    def check(scenario: Scenario, done: Completed) -> None:
        assert sorted([*answers, done.response.status]) == [200, 429]
        assert len(scenario.user_driver.app.providers.calls("plaid", "/investments/holdings/get")) == 1

    Interleaving(prepare, meanwhile, check).run_all_stops(process_pool)


@both
def test_unlink_during_refresh_leaves_nothing(
    new_pending_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Scenario, Invocation]:
        scenario: Scenario = new_pending_source(provider)
        return scenario, refresh_invocation(scenario.user_driver.cookie, provider)

    def check(scenario: Scenario, _done: Completed) -> None:
        scenario.assert_gone()

    Interleaving(prepare, unlink, check).run_all_stops(process_pool)


@pytest.mark.parametrize("event_type", ["CONNECTION_DELETED", "USER_DELETED"])
def test_removal_event_during_refresh_leaves_nothing(
    new_pending_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    event_type: str,
) -> None:
    """The provider's event may precede responses that agree with it."""

    def prepare() -> tuple[Scenario, Invocation]:
        scenario: Scenario = new_pending_source("snaptrade")
        scenario.updates = scenario.user_driver.capture_webhooks(scenario.linked, event_type=event_type)
        return scenario, refresh_invocation(scenario.user_driver.cookie, "snaptrade")

    def check(scenario: Scenario, _done: Completed) -> None:
        scenario.assert_gone()
        if event_type == "USER_DELETED":
            assert not any(entry.startswith("source#") for entry in scenario.user_driver.state())

    Interleaving(prepare, deliver_update, check).run_all_stops(process_pool)


def test_connection_broken_during_refresh_stays_broken(new_pending_source: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    """The connection breaks again just before the refresh records its repair."""

    def prepare() -> tuple[Scenario, Invocation]:
        scenario: Scenario = new_pending_source("snaptrade")
        scenario.user_driver.deliver_webhooks(
            scenario.linked, scenario.user_driver.capture_webhooks(scenario.linked, event_type="CONNECTION_BROKEN")
        )
        return scenario, refresh_invocation(scenario.user_driver.cookie, "snaptrade")

    def meanwhile(scenario: Scenario) -> None:
        scenario.user_driver.app.control(scenario.linked, "break")
        scenario.user_driver.app.deliver_all("snaptrade")

    def check(scenario: Scenario, _done: Completed) -> None:
        assert scenario.user_driver.source_row(scenario.linked)["status"] == "reconnect_required"

    Interleaving(prepare, meanwhile, check).run_all_stops(process_pool)
