from collections.abc import Callable

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, ProviderName
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
def new_pending_source(new_user_driver: Callable[[], UserDriver]) -> Callable[[ProviderName], Scenario]:
    """Create a source that was fetched and has an update since."""

    def new(provider: ProviderName) -> Scenario:
        user_driver = new_user_driver()
        scenario = Scenario(user_driver, user_driver.link_and_refresh(provider))
        scenario.trade()
        return scenario

    return new
