"""Find the page's elements by their accessible names."""

import re

from playwright.sync_api import Locator, Page, expect

BANNER = "Updated data available from your broker"
PORTAL_BUTTON = "Connect"
BANK, BROKER = "First Platypus Bank", "Questrade"
INSTITUTIONS = {"Plaid": BANK, "SnapTrade": BROKER}
NOT_READY = {
    "path": "/investments/holdings/get",
    "kind": "status",
    "status": 400,
    "body": {"error_type": "ITEM_ERROR", "error_code": "PRODUCT_NOT_READY", "error_message": "", "request_id": "r"},
}
"""A fault of Plaid's simulator, as long as a new item's holdings are prepared."""


class PortfolioPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.banner = page.get_by_text(BANNER)
        self.refresh_now = page.get_by_role("button", name="Refresh Now")
        self.table = page.get_by_role("table", name="Holdings", exact=True)
        self.freshness = page.locator(".freshness__line > p")
        self.note = page.locator(".freshness__note")
        self.connections = page.locator("li[data-source]")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    def toast(self, title: str | re.Pattern[str]) -> Locator:
        return self.page.locator("[data-sonner-toast]").filter(has_text=title)

    def row(self, ticker: str) -> Locator:
        return self.table.locator(f"tr[data-ticker='{ticker}']")

    def quantity(self, ticker: str) -> Locator:
        return self.row(ticker).locator(".tidings-col-quantity")

    def details(self, institution: str) -> Locator:
        """Find what the details of the freshness say of a connection, open or not."""
        return self.page.locator(".freshness__panel li").filter(has_text=institution)

    def as_of(self, institution: str) -> str:
        """Return the machine-readable date of a connection's data."""
        stamp = self.details(institution).locator("time").get_attribute("datetime")
        assert stamp is not None
        return stamp

    def choices(self) -> Locator:
        """Open the list of brokers."""
        self.button("Add account").click()
        return self.page.get_by_role("dialog", name="Add account")

    def opens_portal(self, provider: str) -> None:
        """Open the provider's page at the sign-in of its institution."""
        choices = self.choices()
        if provider == "SnapTrade":
            choices.get_by_role("button", name=BROKER).click()
            return
        choices.get_by_role("button", name="Another bank or broker").click()
        self.page.get_by_role("link", name=BANK).click()

    def connects(self, provider: str) -> None:
        """Connect through the provider's page, and wait for the holdings, which need no click."""
        self.opens_portal(provider)
        self.button(PORTAL_BUTTON).click()
        expect(self.toast(f"{INSTITUTIONS[provider]} is connected")).to_be_visible()

    def is_loaded(self) -> None:
        expect(self.page.get_by_role("heading", name="Connections")).to_be_visible()

    def refreshes(self) -> None:
        """Refresh from the banner; every requested provider succeeds."""
        self.refresh_now.click()
        expect(self.banner).to_be_hidden()
        expect(self.note).not_to_contain_text("Getting your newest data")
        expect(self.freshness).to_contain_text(re.compile(r"Updated .*up to date"))
