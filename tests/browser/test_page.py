"""The plain page at `/`: sign in, connect, see that there is news, refresh, wait."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from local.cloud import LocalCloud
from tests.support.cooldown import let_the_cooldown_pass

USER = "browser-user"
BANNER = "Updated data available from your broker"
CONNECTED = "Connected. Its first holdings come with a refresh."


@pytest.fixture
def signed_in(page: Page) -> Page:
    page.goto("/")
    page.get_by_label("User").fill(USER)
    page.get_by_label("E-mail").fill(f"{USER}@example.com")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Holdings")).to_be_visible()
    return page


def _connect(page: Page, provider: str) -> None:
    """Through the provider's simulated portal and back."""
    page.get_by_role("button", name=f"Connect with {provider}").click()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("status")).to_have_text(CONNECTED)
    expect(page.get_by_label("User")).to_have_value(USER)


def _quantity(page: Page, ticker: str) -> float:
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name=ticker, exact=True))
    return float(row.get_by_role("cell").nth(2).inner_text())


def test_the_main_job(signed_in: Page, cloud: LocalCloud, artifacts: Path) -> None:
    page, banner = signed_in, signed_in.get_by_text(BANNER)
    expect(banner).to_be_hidden()
    for provider in ("Plaid", "SnapTrade"):
        _connect(page, provider)
        expect(banner).to_be_visible()
    page.get_by_role("button", name="Refresh Now").click()
    expect(banner).to_be_hidden()
    before = _quantity(page, "AAPL")

    page.get_by_role("button", name="Make my broker trade").first.click()
    expect(banner).to_be_visible()
    page.screenshot(path=artifacts / "page-banner.png", full_page=True)
    let_the_cooldown_pass(cloud, USER)
    page.get_by_role("button", name="Refresh Now").click()
    expect(banner).to_be_hidden()
    assert _quantity(page, "AAPL") == before + 1
    page.screenshot(path=artifacts / "page-fresh.png", full_page=True)

    page.get_by_role("button", name="Refresh", exact=True).click()
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^Please wait ([1-9]|[1-5]\d|60) s$"))
    page.screenshot(path=artifacts / "page-please-wait.png", full_page=True)


def test_signing_out_hides_everything(signed_in: Page) -> None:
    signed_in.get_by_role("button", name="Sign out").click()
    expect(signed_in.get_by_role("main")).to_be_hidden()
    signed_in.reload()
    expect(signed_in.get_by_role("main")).to_be_hidden()
