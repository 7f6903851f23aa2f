import pytest

from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock


@pytest.fixture
def old(app: App, cookie: str, provider: ProviderName, stopped_clock: StoppedClock) -> LinkedSource:
    """A source that was refreshed ten seconds ago: its cooldown runs for another fifty."""
    linked = app.link_and_refresh(cookie, provider)
    stopped_clock.advance(10)
    app.providers.reset()
    return linked
