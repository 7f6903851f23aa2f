import pytest

from tests.integration.portfolio.observed_days import DAY_S, connect
from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock


@pytest.fixture
def cookie(app: App) -> str:
    """A session that outlasts the days of a test."""
    return app.sign_in(lasts_s=1000 * DAY_S)


@pytest.fixture
def noon(stopped_clock: StoppedClock) -> StoppedClock:
    """The clock at noon in UTC, so that a test chooses when the day ends."""
    stopped_clock.now += 43_200_000 - stopped_clock.now % 86_400_000
    return stopped_clock


@pytest.fixture
def linked_plaid(app: App, cookie: str, noon: StoppedClock) -> LinkedSource:
    return connect(app, cookie, noon, "plaid")
