"""The page leads with the money: one total in a currency of choice, its line over time, aligned figures."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.e2e.browser.portfolio_page import PortfolioPage

_DESKTOP: ViewportSize = {"width": 1440, "height": 900}
_PHONE: ViewportSize = {"width": 390, "height": 844}
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_LEFT_OF_DECIMALS = """(tails) => [...new Set(tails.filter((tail) => tail.getClientRects().length)
  .map((tail) => Math.round(tail.getBoundingClientRect().left)))]"""


def test_chosen_currency_holds_after_reload_and_states_its_rates(signed_in_with_both: PortfolioPage) -> None:
    page = signed_in_with_both.page
    figure = page.locator(".total__figure")
    expect(figure).to_contain_text("$")

    with page.expect_response("**/holdings?currency=EUR"):
        page.get_by_label("Currency of the total").select_option("EUR")
    expect(figure).to_contain_text("€")
    page.reload()
    expect(figure).to_contain_text("€")
    expect(page.get_by_text("Source: ECB statistics")).to_be_visible()
    page.locator(".rates summary").click()
    rates = page.get_by_role("table", name="Exchange rates of the total")
    expect(rates.get_by_role("row", name="CAD")).to_be_visible()
    page.set_viewport_size(_PHONE)
    assert page.evaluate(_OVERFLOW) == 0


@pytest.mark.parametrize("viewport", [_DESKTOP, _PHONE], ids=["desktop", "phone"])
def test_decimals_align_in_each_list_and_gain_is_visible(
    signed_in_with_both: PortfolioPage, viewport: ViewportSize
) -> None:
    page = signed_in_with_both.page
    page.set_viewport_size(viewport)
    expect(signed_in_with_both.row("AAPL")).to_be_visible()

    for amounts in (
        "[aria-label=Holdings] .tidings-col-quantity > .tidings-tail",
        "[aria-label=Holdings] .tidings-col-price > .tidings-tail",
        "[aria-label=Holdings] .tidings-col-value > .tidings-tail",
        ".legend .tidings-tail",
        ".accounts__totals .tidings-tail",
    ):
        places = page.locator(amounts).evaluate_all(_LEFT_OF_DECIMALS)
        assert len(places) <= 1, f"{amounts} has decimals at {places}"
    gain = signed_in_with_both.row("VTI").locator(".tidings-up:visible")
    expect(gain).to_contain_text("+$")
    assert page.evaluate(_OVERFLOW) == 0


def test_line_over_time_is_read_by_keyboard_and_as_table(signed_in_with_both: PortfolioPage) -> None:
    page = signed_in_with_both.page
    _extend_history(page)
    page.reload()

    slider = page.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", "Jan 7, 2026: $120.00")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "Jan 5, 2026: $110.00")
    expect(page.locator(".chart__readout")).to_contain_text("$110.00")
    page.get_by_text("Show as a table").click()
    days = page.get_by_role("region", name="Show as a table").get_by_role("rowheader")
    expect(days).to_have_text(["Jan 7, 2026", "Jan 5, 2026", "Jan 4, 2026"])


def _extend_history(page: Page) -> None:
    """Replace the points by three days, of which the last two are not neighbours."""

    def answer(route: Route) -> None:
        history: dict[str, Any] = route.fetch().json()
        (point,) = history["points"]
        total = {**point["converted_total"], "rates": []}
        history["events"] = []
        history["points"] = [
            {**point, "date": day, "converted_total": {**total, "value": value}}
            for day, value in (("2026-01-04", 100), ("2026-01-05", 110), ("2026-01-07", 120))
        ]
        route.fulfill(body=json.dumps(history), content_type="application/json")

    page.route("**/holdings/history*", answer)
