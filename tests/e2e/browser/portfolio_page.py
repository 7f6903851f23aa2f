"""Find the page's elements by their accessible names."""

import re

from playwright.sync_api import Locator, Page, expect

BANNER = "Updated data available from your broker"
PORTAL_BUTTON = "Connect"


class PortfolioPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.banner = page.get_by_text(BANNER)
        self.refresh_now = page.get_by_role("button", name="Refresh Now")
        self.table = page.get_by_role("table", name="Holdings", exact=True)
        self.outcomes = page.get_by_role("list", name="What was updated").get_by_role("listitem")
        self.connections = page.locator("li[data-source]")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    def toast(self, title: str | re.Pattern[str]) -> Locator:
        return self.page.locator("[data-sonner-toast]").filter(has_text=title)

    def row(self, ticker: str) -> Locator:
        return self.table.locator(f"tr[data-ticker='{ticker}']")

    def quantity(self, ticker: str) -> Locator:
        return self.row(ticker).locator(".tidings-col-quantity")

    def as_of(self, provider: str) -> str:
        """Return the machine-readable date beside a provider's name."""
        states = self.page.get_by_role("list", name="Up to date as of").get_by_role("listitem")
        stamp = states.filter(has_text=provider).locator("time").get_attribute("datetime")
        assert stamp is not None
        return stamp

    def is_loaded(self) -> None:
        expect(self.page.get_by_role("heading", name="Connections")).to_be_visible()

    def refreshes(self) -> None:
        """Refresh from the banner; every requested provider succeeds."""
        self.refresh_now.click()
        expect(self.toast("Refreshed")).to_be_visible()
        expect(self.banner).to_be_hidden()
