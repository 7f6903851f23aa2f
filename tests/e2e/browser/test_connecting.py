"""Connecting is a click: the holdings come by themselves, once, whatever the user does meanwhile."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Request, expect

from tests.e2e.brokers import SLOW, Brokers, Provider
from tests.e2e.browser.portfolio_page import (
    BROKER,
    INSTITUTIONS,
    NOT_READY,
    PORTAL_BUTTON,
    PortfolioPage,
)
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User

PROVIDERS = ("Plaid", "SnapTrade")
HOLDINGS = {"Plaid": "/investments/holdings/get", "SnapTrade": "/accounts/{id}/positions/all"}
IMPORTING = "Importing your accounts…"
TICKERS = {"Plaid": "RY", "SnapTrade": "XIC.TO"}
Refreshes = Callable[[], int]


@pytest.fixture
def refreshes(context: BrowserContext) -> Refreshes:
    """Return the number of refreshes that all tabs of the profile have requested."""
    seen: list[Request] = []
    context.on("request", lambda request: seen.append(request))
    return lambda: len([one for one in seen if one.method == "POST" and one.url.endswith("/holdings/refresh")])


@pytest.fixture
def shown(context: BrowserContext, tabs: Tabs) -> PortfolioPage:
    """The page of a user without connections."""
    return PortfolioPage(tabs.open(context))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_new_account_is_imported_by_one_refresh(shown: PortfolioPage, refreshes: Refreshes, provider: str) -> None:
    shown.connects(provider)
    expect(shown.row(TICKERS[provider])).to_be_visible()
    expect(shown.banner).to_be_hidden()
    assert refreshes() == 1
    assert "connected" not in shown.page.url


@pytest.mark.parametrize("provider", PROVIDERS)
def test_cancelled_connection_changes_nothing(shown: PortfolioPage, refreshes: Refreshes, provider: str) -> None:
    shown.opens_portal(provider)
    shown.button("Cancel").click()
    expect(shown.toast("No account was added")).to_be_visible()
    expect(shown.button("Add account")).to_be_enabled()
    assert (refreshes(), shown.page.request.get("/connections").json()) == (0, {"connections": []})


@pytest.mark.parametrize(
    ("provider", "title"), [("Plaid", "No account was added"), ("SnapTrade", "The connection could not be completed")]
)
def test_failed_sign_in_changes_nothing(shown: PortfolioPage, refreshes: Refreshes, provider: str, title: str) -> None:
    shown.opens_portal(provider)
    shown.button("Fail the sign-in").click()
    expect(shown.toast(title)).to_be_visible()
    assert (refreshes(), shown.page.request.get("/connections").json()) == (0, {"connections": []})


@pytest.mark.parametrize("provider", PROVIDERS)
def test_connection_of_closed_tab_is_imported_on_next_visit(
    shown: PortfolioPage, context: BrowserContext, tabs: Tabs, refreshes: Refreshes, brokers: Brokers, provider: str
) -> None:
    shown.opens_portal(provider)
    expect(shown.button(PORTAL_BUTTON)).to_be_visible()
    assert brokers.client.post(shown.page.url).status_code == 303, "the browser does not follow"
    shown.page.close()

    later = PortfolioPage(tabs.open(context))
    expect(later.toast("is connected")).to_be_visible()
    expect(later.row(TICKERS[provider])).to_be_visible()
    assert refreshes() == 1


def test_second_tab_shows_holdings_without_refresh_of_its_own(
    shown: PortfolioPage, context: BrowserContext, tabs: Tabs, refreshes: Refreshes
) -> None:
    other = PortfolioPage(tabs.open(context))
    expect(other.button("Add account")).to_be_visible()
    shown.connects("Plaid")
    expect(other.row("RY")).to_be_visible()
    expect(other.banner).to_be_hidden()
    assert refreshes() == 1


def test_two_tabs_import_once(
    user: User, context: BrowserContext, tabs: Tabs, refreshes: Refreshes, brokers: Brokers
) -> None:
    user.link("plaid")
    brokers.order("plaid", "faults", path=HOLDINGS["Plaid"], times=1, **SLOW)
    pages = [PortfolioPage(tabs.open(context)) for _ in range(2)]
    for page in pages:
        expect(page.page.get_by_role("heading", name=IMPORTING)).to_be_visible()
    brokers.end_faults("plaid")
    for page in pages:
        expect(page.row("RY")).to_be_visible()
    assert refreshes() == 1


def test_reload_in_the_middle_of_an_import_shows_it_again(shown: PortfolioPage, brokers: Brokers) -> None:
    brokers.order("plaid", "faults", path=HOLDINGS["Plaid"], times=1, **SLOW)
    shown.opens_portal("Plaid")
    shown.button(PORTAL_BUTTON).click()
    heading = shown.page.get_by_role("heading", name=IMPORTING)
    expect(heading).to_be_visible()
    shown.page.reload()
    expect(heading).to_be_visible()
    brokers.end_faults("plaid")
    expect(shown.row("RY")).to_be_visible()
    expect(heading).to_be_hidden()
    fetched = [call for call in brokers.calls("plaid") if call["path"] == HOLDINGS["Plaid"]]
    assert len(fetched) == 1


def test_broker_that_is_not_ready_is_tried_again(shown: PortfolioPage, brokers: Brokers, refreshes: Refreshes) -> None:
    brokers.order("plaid", "faults", **NOT_READY, times=1)
    shown.opens_portal("Plaid")
    shown.button(PORTAL_BUTTON).click()
    expect(shown.page.get_by_role("heading", name="Your broker is preparing your data")).to_be_visible()
    expect(shown.row("RY")).to_be_visible()
    assert refreshes() == 2


@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_broker_connected_within_a_cooldown_is_imported(
    user: User, tabs: Tabs, context: BrowserContext, refreshes: Refreshes, provider: Provider
) -> None:
    user.link_and_refresh(provider)
    shown = PortfolioPage(tabs.open(context))
    shown.is_loaded()
    if provider == "plaid":
        shown.choices().get_by_role("button", name="Another bank or broker").click()
        shown.page.get_by_role("link", name="Vanguard").click()
    else:
        shown.choices().get_by_role("button", name="Fidelity").click()
    shown.button(PORTAL_BUTTON).click()
    name = {"plaid": "Vanguard", "snaptrade": "Fidelity"}[provider]
    expect(shown.toast(f"{name} is connected")).to_be_visible()
    expect(shown.connections).to_have_count(2)
    assert refreshes() == 1
    assert {one["last_fetched_at"] is None for one in user.call("GET", "/connections")["connections"]} == {False}


def test_brokers_are_searched_by_name(shown: PortfolioPage) -> None:
    choices = shown.choices()
    found = choices.get_by_role("list", name="Brokers").get_by_role("button")
    expect(found.filter(has_text=BROKER)).to_be_visible()
    choices.get_by_role("searchbox").fill("schw")
    expect(found).to_have_text(["SCSchwab"])
    choices.get_by_role("searchbox").fill("nobody")
    expect(choices).to_contain_text("No broker is called “nobody”.")
    expect(choices.get_by_role("button", name="Another bank or broker")).to_be_visible()
    expect(choices.locator("footer")).to_contain_text("Connections by Plaid and SnapTrade")


def test_names_of_providers_stand_in_one_line_only(shown: PortfolioPage) -> None:
    for provider in INSTITUTIONS:
        shown.connects(provider)
    section = shown.page.get_by_role("region", name="Connections")
    expect(section.get_by_role("listitem").filter(has_text=BROKER)).to_be_visible()
    for name in PROVIDERS:
        expect(section).not_to_contain_text(name)
