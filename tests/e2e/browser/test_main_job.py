"""The main job on the page: connect, receive an update, fetch it once."""

import re
from secrets import token_hex

from playwright.sync_api import expect

from local.cloud import LocalCloud
from tests.e2e.brokers import SLOW, Brokers
from tests.e2e.browser.portfolio_page import PortfolioPage
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User
from tests.support.drivers.elapsed_time import end_cooldowns
from tests.support.drivers.waiting import wait_until


def test_new_user_connects_and_fetches_update(tabs: Tabs, cloud: LocalCloud, brokers: Brokers) -> None:
    user_id = f"newcomer-{token_hex(4)}"
    page = tabs.open(tabs.profile())
    shown = PortfolioPage(page)

    page.get_by_label("User").fill(user_id)
    page.get_by_label("E-mail").fill(f"{user_id}@example.com")
    shown.button("Sign in").click()
    for provider in ("Plaid", "SnapTrade"):
        shown.connects(provider)
        expect(shown.banner).to_be_hidden()
    expect(shown.quantity("AAPL")).to_have_text("23")

    connections = page.request.get("/connections").json()["connections"]
    (item,) = [one["source_id"] for one in connections if one["provider"] == "plaid"]
    end_cooldowns(cloud, user_id)
    assert brokers.trade("plaid", item, ticker="AAPL", quantity="2") == [200]
    expect(shown.banner).to_be_visible()
    expect(shown.quantity("AAPL")).to_have_text("23")
    shown.refreshes()
    expect(shown.quantity("AAPL")).to_have_text("25")
    for ticker in ("AAPL", "CUR:USD"):  # the trade is paid from cash
        expect(shown.row(ticker)).to_have_attribute("data-changed", "Changed")
    expect(shown.note).to_contain_text("2 changed")
    assert page.request.get("/pending-updates").json()["has_pending_updates"] is False


def test_page_refreshes_only_provider_with_update(user: User, brokers: Brokers, tabs: Tabs) -> None:
    user.link_and_refresh("plaid")
    connection_id = user.link_and_refresh("snaptrade")
    user.end_cooldowns()
    brokers.trade("snaptrade", connection_id, ticker="AAPL", quantity="1")
    shown = PortfolioPage(tabs.open(tabs.profile(user)))
    expect(shown.banner).to_be_visible()
    brokers.reset()

    shown.refreshes()

    expect(shown.quantity("AAPL")).to_have_text("24")
    assert [call["path"] for call in brokers.calls("plaid")] == []
    assert brokers.calls("snaptrade") != []


def test_update_during_refresh_shows_banner_again(user: User, brokers: Brokers, tabs: Tabs) -> None:
    item = user.link_and_refresh("plaid")
    user.end_cooldowns()
    brokers.trade("plaid", item, ticker="RY", quantity="1")
    shown = PortfolioPage(tabs.open(tabs.profile(user)))
    expect(shown.quantity("RY")).to_have_text("25")
    brokers.reset()
    brokers.order("plaid", "faults", path="/investments/holdings/get", times=1, **SLOW)

    with shown.page.expect_request(lambda request: request.url.endswith("/holdings/refresh")):
        shown.refresh_now.click()
    expect(shown.button("Refreshing...").first).to_be_disabled()
    wait_until_asked(brokers)
    assert brokers.trade("plaid", item, ticker="RY", quantity="10") == [200]
    brokers.end_faults("plaid")

    expect(shown.quantity("RY")).to_have_text("26")
    expect(shown.banner).to_be_visible()
    assert user.is_pending("plaid")

    user.end_cooldowns()
    shown.refresh_now.click()
    expect(shown.quantity("RY")).to_have_text("36")
    expect(shown.banner).to_be_hidden()


def wait_until_asked(brokers: Brokers) -> None:
    """Wait until the provider has computed the response that it delays."""
    wait_until(
        lambda: [call for call in brokers.calls("plaid") if call["path"] == "/investments/holdings/get"],
        "Plaid was not asked",
    )


def test_second_click_shows_cooldown_not_failure(user: User, tabs: Tabs) -> None:
    user.link("plaid")
    user.refresh()
    shown = PortfolioPage(tabs.open(tabs.profile(user)))

    shown.button("Refresh").click()

    expect(shown.note).to_have_text("You updated a moment ago.")
    expect(shown.toast("")).to_have_count(0)
    button = shown.button(re.compile(r"^Please wait \d+ s$"))
    told = _seconds(button.inner_text())
    expect(button).not_to_have_text(f"Please wait {told} s")
    assert _seconds(button.inner_text()) < told


def _seconds(text: str) -> int:
    return int(re.sub(r"\D", "", text))
