"""The page, in a browser, over the product and both simulators."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from local.cloud import LocalCloud, local_cloud
from local.settings import Settings


@pytest.fixture
def real_cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    with local_cloud(Settings(port=0, state=tmp_path)) as running:
        yield running


@pytest.fixture
def page() -> Iterator[Page]:
    executable = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    assert executable, "no Chromium: run the tests with `make test`, or name one in CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.set_default_timeout(10_000)
        yield opened
        browser.close()


def _connect(page: Page, provider: str) -> None:
    page.get_by_role("button", name=f"Connect with {provider}").click()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator("#message")).to_contain_text("Connected", timeout=10_000)


def test_a_newcomer_sees_it_happen(page: Page, real_cloud: LocalCloud) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    banner = page.locator("#banner")
    page.goto(real_cloud.front)
    page.get_by_role("button", name="Sign in").click()

    _connect(page, "Plaid")
    _connect(page, "SnapTrade")
    expect(banner).to_be_visible()
    page.get_by_role("button", name="Refresh Now").click()
    expect(page.locator("#holdings tr").first).to_be_visible(timeout=10_000)
    expect(banner).to_be_hidden()
    expect(page.locator("#totals")).to_contain_text("USD")
    expect(page.locator("#providers li")).to_contain_text(["plaid: fresh, as of", "snaptrade: fresh, as of"])

    page.get_by_role("button", name="Make my broker trade").first.click()
    expect(banner).to_contain_text("Updated data available from your broker", timeout=10_000)
    page.get_by_role("button", name="Refresh Now").click()
    expect(page.locator("#message")).to_contain_text("Please wait", timeout=10_000)
    expect(banner).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("main")).to_be_hidden()
    assert failures == []
