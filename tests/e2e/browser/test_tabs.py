"""Two tabs of one user, and what remains after sign-out."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.brokers import Brokers
from tests.e2e.browser.portfolio_page import PortfolioPage
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User


def test_two_tabs_show_the_same_state(user: User, brokers: Brokers, tabs: Tabs, context: BrowserContext) -> None:
    item = user.link_and_refresh("plaid")
    brokers.trade("plaid", item, ticker="AAPL", quantity="1")
    user.end_cooldowns()
    first, second = PortfolioPage(tabs.open(context)), PortfolioPage(tabs.open(context))
    for tab in (first, second):
        expect(tab.banner).to_be_visible()
        expect(tab.quantity("AAPL")).to_have_text("12.5")

    first.refreshes()

    for tab in (first, second):
        expect(tab.banner).to_be_hidden()
        expect(tab.quantity("AAPL")).to_have_text("13.5")


@pytest.mark.threat(id="shared-browser")
def test_sign_out_removes_all_data_from_page(user: User, tabs: Tabs, context: BrowserContext) -> None:
    user.link_and_refresh("plaid")
    shown = PortfolioPage(tabs.open(context))
    other = PortfolioPage(tabs.open(context))
    expect(shown.row("AAPL")).to_be_visible()

    shown.button("Sign out").click()

    signed_out = shown.page.get_by_role("heading", name="You are signed out")
    expect(signed_out).to_be_visible()
    expect(shown.table).to_be_hidden()
    assert user.client.get("/holdings").status_code == 401
    shown.page.reload()
    expect(signed_out).to_be_visible()
    expect(other.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    expect(other.table).to_be_hidden()


@pytest.mark.threat(id="shared-browser")
def test_next_user_sees_no_data_of_previous_user(user: User, tabs: Tabs, context: BrowserContext) -> None:
    user.link_and_refresh("plaid")
    shown = PortfolioPage(tabs.open(context))
    expect(shown.row("AAPL")).to_be_visible()

    shown.button("Sign out").click()
    shown.page.get_by_label("User").fill("somebody-else")
    shown.page.get_by_label("E-mail").fill("somebody-else@example.com")
    shown.button("Sign in").click()

    expect(shown.page.get_by_role("heading", name="Add your first account")).to_be_visible()
    expect(shown.row("AAPL")).to_have_count(0)
