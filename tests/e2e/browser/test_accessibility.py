"""The page's main states: axe finds no violation in light or dark colours. `make screenshots` keeps pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from local.cloud import ROOT, LocalCloud
from tests.e2e.brokers import Brokers, named
from tests.e2e.browser.portfolio_page import NOT_READY, PortfolioPage
from tests.e2e.browser.screenshots import Colours, Screenshots
from tests.e2e.browser.tabs import DESKTOP, PHONE, Tabs
from tests.e2e.user import User

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async (rules) => {
  const {violations} = await axe.run(document, {resultTypes: ["violations"], ...rules});
  return violations.map(({id, nodes}) => [id, nodes.map(({html, failureSummary}) => html + " " + failureSummary)]);
}"""
_RULES: dict[Colours, dict[str, object]] = {"light": {}, "dark": {"runOnly": ["color-contrast", "link-in-text-block"]}}
"""Options of axe: all its rules, or those that depend on colours."""
_OVERFLOW = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Examiner:
    """Run axe on the page's current state in two sizes: all its rules, and those of colours in dark ones too."""

    page: Page
    screenshots: Screenshots

    def examine(self, state: str) -> None:
        for device, size in (("phone", PHONE), ("desktop", DESKTOP)):
            self.page.set_viewport_size(size)
            assert self.page.evaluate(_OVERFLOW) <= 0, f"{state} scrolls sideways on a {device}"
            for colours, rules in _RULES.items():
                self.page.emulate_media(color_scheme=colours)
                found: list[Any] = self.page.evaluate(_RUN, rules)
                assert found == [], f"{state}, {device}, {colours}"
            self.screenshots.take(self.page, f"{state}-{device}")


Examine = Callable[[User | None], Examiner]


@pytest.fixture
def examiner(tabs: Tabs, screenshots: Screenshots) -> Examine:
    def open_page(user: User | None) -> Examiner:
        profile = tabs.profile(user)
        profile.add_init_script(path=AXE)
        return Examiner(tabs.open(profile), screenshots)

    return open_page


def test_axe_accepts_signed_out_page(examiner: Examine) -> None:
    seen = examiner(None)
    expect(seen.page.get_by_role("button", name="Sign in")).to_be_visible()
    seen.examine("signed-out")


def test_axe_accepts_page_without_connections(examiner: Examine, user: User) -> None:
    seen = examiner(user)
    expect(seen.page.get_by_role("heading", name="Add your first account")).to_be_visible()
    seen.examine("nothing-connected")
    choices = PortfolioPage(seen.page).choices()
    expect(choices.get_by_role("button", name="Questrade")).to_be_visible()
    seen.examine("add-account")
    choices.get_by_role("button", name="Another bank or broker").click()
    expect(seen.page.get_by_role("heading", name="Choose your institution")).to_be_visible()
    seen.examine("portal")
    seen.page.get_by_role("link", name="Vanguard").click()
    expect(seen.page.get_by_role("heading", name="Sign in to Vanguard")).to_be_visible()
    seen.examine("portal-sign-in")


@pytest.mark.parametrize(
    ("fault", "heading"),
    [
        ({**NOT_READY, "kind": "delay", "delay_s": 25}, "Importing your accounts…"),
        (NOT_READY, "Your broker is preparing your data"),
        ({"path": NOT_READY["path"], "kind": "status", "status": 500}, "Your accounts could not be imported"),
    ],
)
def test_axe_accepts_import(
    examiner: Examine, user: User, brokers: Brokers, fault: dict[str, Any], heading: str
) -> None:
    user.link("plaid")
    brokers.order("plaid", "faults", **fault)
    seen = examiner(user)
    expect(seen.page.get_by_role("heading", name=heading)).to_be_visible()
    seen.examine(heading.lower().strip("…").replace(" ", "-"))


def test_axe_accepts_portfolio_with_update_and_its_refresh(examiner: Examine, user: User, brokers: Brokers) -> None:
    item, connection_id = user.link_and_refresh("plaid"), user.link_and_refresh("snaptrade")
    user.end_cooldowns()
    for provider, source_id in (("plaid", item), ("snaptrade", connection_id)):
        brokers.trade(provider, source_id, ticker="AAPL", quantity="3")  # type: ignore[arg-type]
    seen = examiner(user)
    shown = PortfolioPage(seen.page)
    expect(shown.banner).to_be_visible()
    shown.row("AAPL").get_by_role("button").click()
    seen.examine("news")

    brokers.order("snaptrade", "faults", path="/", kind="status", status=503)
    shown.refresh_now.click()
    expect(shown.freshness).to_contain_text("Questrade could not be updated")
    shown.button("Details").click()
    seen.examine("partly-refreshed")

    seen.page.get_by_role("button", name="Platypus IRA").click()
    shown.button("Disconnect Questrade").click()
    expect(seen.page.get_by_role("dialog")).to_be_visible()
    seen.examine("disconnecting")


def test_axe_accepts_cooldown_message(examiner: Examine, user: User) -> None:
    user.link_and_refresh("plaid")
    seen = examiner(user)
    shown = PortfolioPage(seen.page)
    shown.button("Refresh").click()
    expect(shown.note).to_contain_text("You updated a moment ago.")
    seen.examine("please-wait")


def test_axe_accepts_reconnect_message(examiner: Examine, user: User, brokers: Brokers) -> None:
    item = user.link_and_refresh("plaid")
    brokers.order("plaid", "break", **named("plaid", item))
    seen = examiner(user)
    expect(seen.page.get_by_role("region", name="Reconnect needed")).to_be_visible()
    seen.examine("reconnect-needed")


def test_axe_accepts_broker_simulator(examiner: Examine, user: User) -> None:
    user.link_and_refresh("plaid")
    seen = examiner(user)
    seen.page.get_by_role("button", name="Broker simulator").click()
    expect(seen.page.get_by_role("complementary", name="Broker simulator")).to_be_visible()
    seen.examine("broker-simulator")


def test_axe_accepts_page_while_store_is_down(examiner: Examine, user: User, cloud: LocalCloud) -> None:
    user.link_and_refresh("plaid")
    cloud.stop_ministack()
    try:
        seen = examiner(user)
        failed = seen.page.get_by_role("alert").filter(has_text="be loaded")
        expect(failed).to_be_visible()
        seen.examine("store-down")
    finally:
        cloud.start_ministack()
    seen.page.get_by_role("button", name="Try again").click()
    expect(PortfolioPage(seen.page).row("AAPL")).to_be_visible()


def test_page_keeps_chosen_colours(tabs: Tabs) -> None:
    page = tabs.open(tabs.profile(colours="light"))
    toggle = page.get_by_role("button", name="Dark colours")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)

    toggle.click()
    page.reload()

    expect(toggle).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(background) != light
