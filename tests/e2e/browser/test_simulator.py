"""The broker simulator's drawer: it triggers broker events and lists the receiver's responses."""

from playwright.sync_api import Locator, expect

from tests.e2e.brokers import Brokers
from tests.e2e.browser.portfolio_page import PortfolioPage
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User


def test_simulator_drawer_sends_webhooks_and_lists_responses(user: User, brokers: Brokers, tabs: Tabs) -> None:
    user.link_and_refresh("plaid")
    shown = PortfolioPage(tabs.open(tabs.profile(user)))
    shown.button("Broker simulator").click()
    drawer = shown.page.get_by_role("complementary", name="Broker simulator")
    log = drawer.get_by_role("list", name="Webhook deliveries, newest first").get_by_role("listitem")

    def order(name: str, *statuses: int) -> Locator:
        drawer.get_by_role("button", name="Clear log").click()
        expect(log).to_have_count(0)
        drawer.get_by_role("button", name=name, exact=True).click()
        expect(log).to_have_count(len(statuses))
        for place, status in enumerate(statuses):
            expect(log.nth(place)).to_have_attribute("data-status", str(status))
        return log

    expect(order("Forge", 403)).to_contain_text("forged")
    order("Tamper", 403)
    order("Stale", 403)
    expect(shown.banner).to_be_hidden()
    assert not user.is_pending("plaid")

    order("Trade", 200)
    expect(shown.banner).to_be_visible()
    generation = user.pending("plaid")["generation"]
    order("Duplicate", 200, 200)
    order("Replay", 200)
    assert user.pending("plaid")["generation"] == generation + 1

    order("Break connection", 200)
    notice = shown.page.get_by_role("region", name="Reconnect needed")
    expect(notice).to_be_visible()
    order("Repair connection", 200)
    expect(notice).to_be_hidden()

    shown.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(shown.button("Broker simulator")).to_be_focused()
