import pytest

from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.status_checks import PROVIDERS
from tests.support.fakes.clock import StoppedClock


@pytest.fixture(params=PROVIDERS)
def linked(app: App, cookie: str, request: pytest.FixtureRequest, stopped_clock: StoppedClock) -> LinkedSource:
    """Fetched; nothing is in the log."""
    linked = app.link_and_refresh(cookie, request.param)
    stopped_clock.advance(61)
    return linked


@pytest.fixture
def since(stopped_clock: StoppedClock) -> int:
    stopped_clock.advance(1)
    return stopped_clock.now
