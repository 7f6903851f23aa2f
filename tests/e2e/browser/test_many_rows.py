"""10,000 holdings are searched, sorted and scrolled with few rows in the page. `make bench` measures the speed."""

from playwright.sync_api import expect

from tests.e2e.brokers import Brokers
from tests.e2e.browser.portfolio_page import PortfolioPage
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User

_POSITIONS = 10_000
_ROWS_AT_ONCE = 200
_TO_THE_END = "(box) => { box.scrollTop = box.scrollHeight; }"
_AT_THE_END = "(box) => box.scrollTop + box.clientHeight >= box.scrollHeight - 2"


def test_page_renders_few_of_ten_thousand_rows(user: User, brokers: Brokers, tabs: Tabs) -> None:
    item = user.link("plaid")
    brokers.order("plaid", "positions", item_id=item, count=_POSITIONS)
    user.refresh()
    page = tabs.open(tabs.profile(user))
    shown = PortfolioPage(page)
    rows = shown.table.locator("tbody tr")
    expect(rows.nth(5)).to_be_visible()
    assert int(shown.table.get_attribute("aria-rowcount") or 0) > _POSITIONS
    assert rows.count() < _ROWS_AT_ONCE

    first = rows.first.inner_text()
    page.locator("th.tidings-col-quantity button").click()
    expect(rows.first).not_to_have_text(first, use_inner_text=True)
    box = page.locator("[aria-label='Holdings, scrollable']")
    last = f"[aria-rowindex='{shown.table.get_attribute('aria-rowcount')}']"
    box.evaluate(_TO_THE_END)
    expect(shown.table.locator(last)).to_be_visible()
    assert box.evaluate(_AT_THE_END)
    assert rows.count() < _ROWS_AT_ONCE

    page.locator("input[type=search]").fill("sim09999")
    expect(shown.row("SIM09999")).to_be_visible()
    expect(rows).to_have_count(1)
