"""Live updates: an open tab changes when it is notified, long before a poll of its own would be due."""

import time
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, Response, WebSocket, expect

from tests.e2e.brokers import Brokers
from tests.e2e.browser.portfolio_page import PortfolioPage
from tests.e2e.browser.tabs import TIMEOUT_MS, Tabs
from tests.e2e.user import User


class Listener:
    """A tab that polls as on AWS: every 5 min or less often, so never within a test.

    The local cloud's own frequent poll is off, since the tab takes the cloud for a deployment.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.polls = 0
        self.frames: list[str] = []
        page.route("**/_local/health", lambda route: route.fulfill(status=404))
        page.on("response", self._count)
        page.on("websocket", self._listen)
        page.goto("/")

    def is_subscribed(self) -> None:
        """Wait until the subscription is confirmed and its poll is answered."""
        self._wait(lambda: self._has_received("subscribe_success"), "the tab's live updates did not start")
        self.has_polled_since(1)  # Its first poll was the page's own.

    def is_notified(self) -> None:
        self._wait(lambda: self._has_received('"data"'), "the tab was not notified")

    def has_polled_since(self, polls: int) -> None:
        self._wait(lambda: self.polls > polls, "no further poll was answered")

    def _has_received(self, text: str) -> bool:
        return any(text in frame for frame in self.frames)

    def _wait(self, condition: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + TIMEOUT_MS / 1000
        while not condition():
            assert time.monotonic() < deadline, otherwise
            self.page.wait_for_timeout(100)

    def _count(self, response: Response) -> None:
        if response.url.endswith("/pending-updates"):
            self.polls += 1

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.frames.append(str(frame)))


def test_tab_shows_and_hides_banner_when_told(
    user: User, brokers: Brokers, tabs: Tabs, context: BrowserContext
) -> None:
    item = user.link_and_refresh("plaid")
    user.end_cooldowns()
    second = Listener(context.new_page())
    shown = PortfolioPage(second.page)
    expect(shown.quantity("AAPL")).to_have_text("12.5")
    second.is_subscribed()
    polls = second.polls

    brokers.trade("plaid", item, ticker="AAPL", quantity="1")

    second.is_notified()
    expect(shown.banner).to_be_visible()
    second.has_polled_since(polls)

    first = PortfolioPage(tabs.open(tabs.profile(user)))  # of another profile, so that no tab tells the other
    first.refreshes()

    expect(shown.banner).to_be_hidden()
    expect(shown.quantity("AAPL")).to_have_text("13.5")
