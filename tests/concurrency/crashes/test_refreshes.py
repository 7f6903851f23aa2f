"""A refresh killed at any store call: holdings stay readable, and the next refresh repairs the rest."""

from dataclasses import dataclass

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, ProviderName
from tests.support.drivers.kept_scenarios import KeptScenarios
from tests.support.drivers.process_pool import Invocation, ProcessPool, refresh_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.crash_tests import CrashTest

pytestmark = pytest.mark.invariant(id="I4")

ORPHANED_PARTS_KEPT_S = 600


Holdings = dict[str, list[tuple[str, str]]]
"""By provider."""


@dataclass(frozen=True)
class Refresh:
    user_driver: UserDriver
    old: Holdings


@pytest.mark.parametrize(
    ("route", "providers"),
    [("plaid", ["plaid"]), ("snaptrade", ["snaptrade"]), (None, ["plaid", "snaptrade"])],
    ids=["plaid", "snaptrade", "combined"],
)
def test_killed_refresh_leaves_readable_holdings(
    app: App,
    engine: Engine,
    kept_scenarios: KeptScenarios,
    process_pool: ProcessPool,
    ahead: ClockAhead,
    route: str | None,
    providers: list[ProviderName],
) -> None:
    def new() -> Refresh:
        user_driver = UserDriver(app, engine.dynamodb)
        linked = [user_driver.link_and_refresh(provider) for provider in providers]
        scenario = Refresh(user_driver, shown(user_driver))
        for one in linked:
            user_driver.deliver_webhooks(one, user_driver.trade(one))
        return scenario

    def prepare() -> tuple[Refresh, Invocation]:
        scenario = kept_scenarios.make(new)
        return scenario, refresh_invocation(scenario.user_driver.cookie, route)

    def check(scenario: Refresh) -> None:
        user_driver = scenario.user_driver
        between = shown(user_driver)
        assert user_driver.wrong_history() == []
        pending = {provider: user_driver.pending(provider) for provider in providers}
        ahead.by_s = 61
        user_driver.refresh(route)
        new = shown(user_driver)
        assert user_driver.wrong_history() == []
        for provider in providers:
            assert new[provider] != scenario.old[provider]
            assert between[provider] in (scenario.old[provider], new[provider])
            assert pending[provider] or between[provider] == new[provider]
        assert not user_driver.pending()
        if user_driver.parts() != user_driver.referenced_parts():
            ahead.by_s += ORPHANED_PARTS_KEPT_S + 61
            user_driver.refresh(route)
            assert shown(user_driver) == new
            assert user_driver.parts() == user_driver.referenced_parts()

    def shown(user_driver: UserDriver) -> Holdings:
        return {provider: user_driver.shown_holdings(provider) for provider in providers}

    assert "TransactWriteItems" in CrashTest(prepare, check).run_all_crashes(process_pool)
