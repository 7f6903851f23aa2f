from collections.abc import Callable

import pytest

from tests.support.app import App, ProviderName
from tests.support.clock import ClockAhead
from tests.support.engine import Engine
from tests.support.investor import Investor
from tests.support.scenes import Scene


@pytest.fixture
def new_investor(app: App, engine: Engine, ahead: ClockAhead) -> Callable[[], Investor]:
    def new() -> Investor:
        ahead.by_s = 0
        app.providers.reset()
        return Investor(app, engine.dynamodb)

    return new


@pytest.fixture
def with_news(new_investor: Callable[[], Investor]) -> Callable[[ProviderName], Scene]:
    """A source that was fetched, and has news since."""

    def new(provider: ProviderName) -> Scene:
        investor = new_investor()
        scene = Scene(investor, investor.holds(provider))
        scene.trade()
        return scene

    return new
