from collections.abc import Callable

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, ProviderName
from tests.support.drivers.scenarios import Scene
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead


@pytest.fixture
def new_investor(app: App, engine: Engine, ahead: ClockAhead) -> Callable[[], UserDriver]:
    def new() -> UserDriver:
        ahead.by_s = 0
        app.providers.reset()
        return UserDriver(app, engine.dynamodb)

    return new


@pytest.fixture
def new_pending_source(new_investor: Callable[[], UserDriver]) -> Callable[[ProviderName], Scene]:
    """Create a source that was fetched and has an update since."""

    def new(provider: ProviderName) -> Scene:
        investor = new_investor()
        scene = Scene(investor, investor.holds(provider))
        scene.trade()
        return scene

    return new
