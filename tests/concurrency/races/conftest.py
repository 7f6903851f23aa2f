from collections.abc import Callable
from functools import partial

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, ProviderName
from tests.support.drivers.kept_scenarios import KeptScenarios
from tests.support.drivers.scenarios import Scenario
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead


@pytest.fixture
def new_user_driver(app: App, engine: Engine, ahead: ClockAhead) -> Callable[[], UserDriver]:
    def new() -> UserDriver:
        ahead.by_s = 0
        app.providers.reset()
        return UserDriver(app, engine.dynamodb)

    return new


@pytest.fixture
def new_fetched_source(app: App, engine: Engine, kept_scenarios: KeptScenarios) -> Callable[[ProviderName], Scenario]:
    """Create a source that was fetched, and whose cooldown has ended."""
    return partial(kept_scenarios.make, partial(_fetched_source, app, engine))


@pytest.fixture
def new_pending_source(app: App, engine: Engine, kept_scenarios: KeptScenarios) -> Callable[[ProviderName], Scenario]:
    """Create a source that was fetched and has an update since."""

    def new(provider: ProviderName) -> Scenario:
        scenario = _fetched_source(app, engine, provider)
        scenario.trade()
        return scenario

    return partial(kept_scenarios.make, new)


def _fetched_source(app: App, engine: Engine, provider: ProviderName) -> Scenario:
    user_driver = UserDriver(app, engine.dynamodb)
    return Scenario(user_driver, user_driver.link_and_refresh(provider))
