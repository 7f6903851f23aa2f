"""A paid refresh: the provider fetches new data from the broker, where the deployment offers it."""

import re

from playwright.sync_api import expect

from tests.e2e.brokers import Brokers
from tests.e2e.browser.portfolio_page import PortfolioPage
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User


def test_paid_refresh_makes_new_data_available(user: User, brokers: Brokers, tabs: Tabs) -> None:
    item = user.link_and_refresh("plaid")
    user.end_cooldowns()
    brokers.trade("plaid", item, ticker="AAPL", quantity="1", silent=True)
    shown = PortfolioPage(tabs.open(tabs.profile(user)))
    shown.is_loaded()
    expect(shown.banner).to_be_hidden()

    shown.button("Request new data now (charged)").click()

    expect(shown.page.get_by_text(re.compile("Getting new data from your broker|New data has arrived"))).to_be_visible()
    expect(shown.banner).to_be_visible()
    shown.refreshes()
    expect(shown.quantity("AAPL")).to_have_text("13.5")
