import pytest

from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.status_checks import PROVIDERS
from tests.support.fakes.clock import StoppedClock


@pytest.fixture
def cookie(app: App) -> str:
    """Alice's session, valid however far the clock is moved."""
    return app.sign_in(lasts_s=10**9)


@pytest.fixture(params=PROVIDERS)
def linked(app: App, cookie: str, request: pytest.FixtureRequest, stopped_clock: StoppedClock) -> LinkedSource:
    """A fetched source; the cooldown is over."""
    linked = app.link_and_refresh(cookie, request.param)
    stopped_clock.advance(61)
    app.providers.reset()
    return linked
