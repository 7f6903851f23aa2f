"""The page in a real browser, in front of a local cloud of its own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from local.cloud import ROOT, LocalCloud, local_cloud
from local.settings import Settings

_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with local_cloud(Settings(port=0, state=tmp_path_factory.mktemp("cloud"))) as running:
        yield running


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots go; git does not look there."""
    folder = ROOT / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def page(cloud: LocalCloud) -> Iterator[Page]:
    """A page of a browser with a new profile. What goes wrong in its scripts fails the test."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert executable, "no Chromium: `.ci/chromium` finds or installs one; name it in CHROMIUM"
    errors: list[str] = []
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root.
        browser = playwright.chromium.launch(
            executable_path=executable, args=_FLAGS, chromium_sandbox=os.geteuid() != 0
        )
        opened = browser.new_page(base_url=cloud.front, viewport={"width": 1100, "height": 900})
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.set_default_timeout(15_000)
        yield opened
        browser.close()
    assert errors == []
