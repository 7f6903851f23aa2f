"""A loaded page tells an outage and a lost connection, keeps its figures, and recovers by itself."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, Route, expect

from tests.e2e.brokers import Brokers, named
from tests.e2e.browser.portfolio_page import PortfolioPage
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User

_OUTAGE = re.compile(r"Can.t reach Tidings, showing data from \d{1,2}:\d{2}")
_RAW = re.compile(r"Bad Gateway|Failed to fetch|HTTP \d|\b50[234]\b")


def _bad_gateway(route: Route) -> None:
    route.fulfill(status=502, json={"message": "Bad Gateway"})


def _loaded(user: User, tabs: Tabs) -> PortfolioPage:
    """Open the page. Its clock runs, and can be paused."""
    user.link_and_refresh("plaid")
    profile = tabs.profile(user)
    profile.clock.install()
    shown = PortfolioPage(tabs.open(profile))
    expect(shown.freshness).to_contain_text("1 of 1 connection up to date")
    return shown


def _cut_off(page: Page) -> None:
    page.route("**/pending-updates", _bad_gateway)


def test_loaded_page_tells_outage_until_it_is_over(user: User, tabs: Tabs) -> None:
    shown = _loaded(user, tabs)

    _cut_off(shown.page)

    expect(shown.freshness).to_contain_text(_OUTAGE)
    expect(shown.freshness).not_to_contain_text("up to date")
    expect(shown.quantity("AAPL")).to_have_text("12.5")
    expect(shown.page.locator("body")).not_to_contain_text(_RAW)

    shown.page.unroute("**/pending-updates")
    expect(shown.freshness).to_contain_text("1 of 1 connection up to date")


def test_loaded_page_tells_at_once_that_it_is_offline(user: User, tabs: Tabs) -> None:
    """The page's time stands still, so no failed poll can tell."""
    shown = _loaded(user, tabs)
    shown.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))

    shown.page.context.set_offline(True)

    expect(shown.freshness).to_contain_text("You are offline, showing data from")
    shown.page.clock.resume()
    shown.page.context.set_offline(False)
    expect(shown.freshness).to_contain_text("1 of 1 connection up to date")


def test_broken_connection_is_never_called_up_to_date(user: User, brokers: Brokers, tabs: Tabs) -> None:
    shown = _loaded(user, tabs)
    (connection,) = shown.page.request.get("/connections").json()["connections"]

    brokers.order("plaid", "break", **named("plaid", connection["source_id"]))

    expect(shown.freshness).to_contain_text("1 connection needs you")
    expect(shown.page.get_by_text("Partly out of date")).to_be_visible()
    expect(shown.page.locator("body")).not_to_contain_text(re.compile("up to date", re.IGNORECASE))


def test_details_open_and_close_by_keyboard(user: User, tabs: Tabs) -> None:
    shown = _loaded(user, tabs)
    details = shown.button("Details")
    details.focus()
    shown.page.keyboard.press("Enter")
    expect(shown.details("First Platypus Bank")).to_be_visible()
    shown.page.keyboard.press("Escape")
    expect(shown.details("First Platypus Bank")).to_be_hidden()
    expect(details).to_be_focused()
