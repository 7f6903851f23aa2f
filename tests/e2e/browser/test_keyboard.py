"""The main job by keyboard alone."""

from secrets import token_hex

from playwright.sync_api import Locator, Page, expect

from local.cloud import LocalCloud
from tests.e2e.brokers import Brokers
from tests.e2e.browser.portfolio_page import PORTAL_BUTTON, PortfolioPage
from tests.e2e.browser.tabs import Tabs
from tests.support.drivers.elapsed_time import end_cooldowns

_STEPS = 120
_IS_FOCUSED = "element => element === document.activeElement"


def _reach(page: Page, target: Locator) -> None:
    """Press Tab until the element has the focus, and check that the focus is visible."""
    expect(target).to_be_visible()
    for _ in range(_STEPS):
        if target.evaluate(_IS_FOCUSED):
            break
        page.keyboard.press("Tab")
    expect(target).to_be_focused()
    shown = target.evaluate("e => ((s) => s.outlineStyle + s.outlineWidth + s.boxShadow)(getComputedStyle(e))")
    assert shown not in {"none0pxnone", "none3pxnone"}, f"the focus on {target} does not show"


def _press(page: Page, target: Locator, key: str = "Enter") -> None:
    _reach(page, target)
    page.keyboard.press(key)


def _connect(shown: PortfolioPage, choice: str, institution: str) -> None:
    page = shown.page
    _press(page, shown.button("Add account"))
    _press(page, page.get_by_role("dialog", name="Add account").get_by_role("button", name=choice))
    if choice != institution:
        _press(page, page.get_by_role("link", name=institution))
    portal = shown.button(PORTAL_BUTTON)
    portal.wait_for()
    _press(page, portal)
    expect(shown.toast(f"{institution} is connected")).to_be_visible()


def test_main_job_works_by_keyboard(tabs: Tabs, cloud: LocalCloud, brokers: Brokers) -> None:
    user_id = f"keys-{token_hex(4)}"
    page = tabs.open(tabs.profile())
    shown = PortfolioPage(page)
    for label, text in (("User", user_id), ("E-mail", f"{user_id}@example.com")):
        _reach(page, page.get_by_label(label))
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    _connect(shown, "Another bank or broker", "First Platypus Bank")
    _connect(shown, "Questrade", "Questrade")
    expect(shown.quantity("AAPL")).to_have_text("23")  # of both: neither import is still running

    (item,) = [
        one["source_id"] for one in page.request.get("/connections").json()["connections"] if one["provider"] == "plaid"
    ]
    brokers.trade("plaid", item, ticker="AAPL", quantity="1")
    end_cooldowns(cloud, user_id)
    _press(page, shown.refresh_now, "Space")
    expect(shown.banner).to_be_hidden()
    expect(page.locator("body"), "the focus went with the banner").not_to_be_focused()
    expect(shown.quantity("AAPL")).to_have_text("24")


def test_holdings_and_disconnect_work_by_keyboard(signed_in_with_both: PortfolioPage) -> None:
    shown, page = signed_in_with_both, signed_in_with_both.page
    _reach(page, page.get_by_role("searchbox", name="Search holdings"))
    page.keyboard.type("apple")
    expect(shown.row("MSFT")).to_have_count(0)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")

    heading = page.get_by_role("columnheader", name="Quantity")
    _press(page, heading.get_by_role("button"))
    first = heading.get_attribute("aria-sort")
    page.keyboard.press("Enter")
    expect(heading).not_to_have_attribute("aria-sort", first or "none")

    opener = shown.row("AAPL").get_by_role("button")
    _press(page, opener)
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("list", name="AAPL by account")).to_be_visible()

    ending = shown.button("Disconnect First Platypus Bank")
    dialog = page.get_by_role("dialog", name="Disconnect First Platypus Bank?")
    _press(page, ending)
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(ending).to_be_focused()
    page.keyboard.press("Enter")
    _press(page, dialog.get_by_role("button", name="Disconnect"))
    expect(shown.toast("First Platypus Bank is disconnected")).to_be_visible()
    expect(shown.connections).to_have_count(1)
