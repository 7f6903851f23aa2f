"""Run the page in a real browser, with one local cloud and both simulators for all tests of this folder."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from local.cloud import ROOT, LocalCloud, local_cloud
from local.ports import free_block
from local.settings import PORTS_TAKEN, Settings
from tests.e2e.brokers import Brokers, brokers_of
from tests.e2e.browser.origins import Origins, other_origins
from tests.e2e.browser.portfolio_page import PortfolioPage
from tests.e2e.browser.screenshots import Screenshots
from tests.e2e.browser.tabs import TIMEOUT_MS, Tabs
from tests.e2e.user import User, signed_in
from tests.support.drivers.elapsed_time import delete_rate_counters

_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def origins() -> Origins:
    return Origins(free_block(PORTS_TAKEN + 3))


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory, origins: Origins) -> Iterator[LocalCloud]:
    allowed = (origins.same_site, origins.cross_site, origins.example)
    state, parameters = tmp_path_factory.mktemp("cloud"), {"PaidRefresh": "on"}
    settings = Settings(port=origins.port, state=state, parameters=parameters, origins=allowed)
    with local_cloud(settings) as running, other_origins(origins):
        running.run_schedule("ReconcileFunctionRun")  # lists the brokers
        running.run_schedule("ExchangeRatesFunctionRun")
        yield running


@pytest.fixture(scope="package")
def shared_brokers(cloud: LocalCloud) -> Iterator[Brokers]:
    with brokers_of(cloud) as brokers:
        yield brokers


@pytest.fixture
def brokers(cloud: LocalCloud, shared_brokers: Brokers) -> Brokers:
    """Provide both simulators without the faults, calls and spent rate limits of earlier tests."""
    shared_brokers.reset()
    delete_rate_counters(cloud)
    return shared_brokers


@pytest.fixture
def user(cloud: LocalCloud, brokers: Brokers) -> Iterator[User]:
    """Provide a signed-in new user, whose API client the test may use beside the browser."""
    with signed_in(cloud, brokers, lambda _answer: None) as person:
        yield person


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start one browser for the folder: its event loop lives as long, and other folders' tests run their own."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert executable, "no Chromium: `.ci/chromium` finds or installs one; name it in CHROMIUM"
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root.
        launched = playwright.chromium.launch(
            executable_path=executable, args=_FLAGS, chromium_sandbox=os.geteuid() != 0
        )
        yield launched
        launched.close()


@pytest.fixture
def tabs(browser: Browser, cloud: LocalCloud) -> Iterator[Tabs]:
    """Open tabs; script errors and policy violations in a page fail the test."""
    opened = Tabs(browser, cloud.front)
    yield opened
    opened.close()
    assert opened.complaints == []


@pytest.fixture
def context(tabs: Tabs, user: User) -> BrowserContext:
    """Create a new profile in which the user is signed in."""
    return tabs.profile(user)


@pytest.fixture
def signed_in_with_both(user: User, tabs: Tabs) -> PortfolioPage:
    """Open the page of a user with holdings of both providers."""
    user.link_and_refresh("plaid")
    user.link_and_refresh("snaptrade")
    shown = PortfolioPage(tabs.open(tabs.profile(user)))
    shown.is_loaded()
    return shown


@pytest.fixture(scope="session")
def screenshots() -> Screenshots:
    return Screenshots(ROOT / "artifacts" if os.environ.get("SCREENSHOTS") else None)
