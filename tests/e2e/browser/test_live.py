"""Live updates: an open tab changes without a poll of its own."""

from playwright.sync_api import BrowserContext, Page, WebSocket, expect

from tests.e2e.brokers import Brokers
from tests.e2e.browser.portfolio_page import PortfolioPage
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User


class Listener:
    """A tab without the local cloud's frequent poll. It counts its polls and its frames of live updates."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.polls = 0
        self.frames: list[str] = []
        page.route("**/_local/health", lambda route: route.fulfill(status=404))
        page.on("request", self._count)
        page.on("websocket", self._listen)
        page.goto("/")

    def is_subscribed(self) -> None:
        while not any("subscribe_success" in frame for frame in self.frames):
            self.page.wait_for_timeout(100)

    def has_polled(self, times: int) -> None:
        while self.polls < times:
            self.page.wait_for_timeout(100)

    def _count(self, request: object) -> None:
        if str(getattr(request, "url", "")).endswith("/pending-updates"):
            self.polls += 1

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.frames.append(str(frame)))


def test_tab_shows_and_hides_banner_when_told(user: User, brokers: Brokers, tabs: Tabs, context: BrowserContext) -> None:
    item = user.link_and_refresh("plaid")
    user.end_cooldowns()
    second = Listener(context.new_page())
    shown = PortfolioPage(second.page)
    expect(shown.quantity("AAPL")).to_have_text("12.5")
    second.is_subscribed()
    second.has_polled(2)
    second.page.wait_for_timeout(2_000)
    polls_before = second.polls

    brokers.trade("plaid", item, ticker="AAPL", quantity="1")

    expect(shown.banner).to_be_visible()
    assert any('"data"' in frame for frame in second.frames)
    assert second.polls > polls_before

    first = PortfolioPage(tabs.open(tabs.profile(user)))
    first.refreshes()

    expect(shown.banner).to_be_hidden()
    expect(shown.quantity("AAPL")).to_have_text("13.5")
