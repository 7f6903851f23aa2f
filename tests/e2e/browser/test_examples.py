"""The example apps, built and started as a host would: with the packed package, and without this workspace."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from local.cloud import ROOT, LocalCloud
from tests.e2e.browser.origins import Origins
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User

_EXAMPLES = ROOT / "examples"


def _npm(folder: Path, *arguments: str, **environment: str) -> None:
    command = ["npm", "--prefix", str(folder), "--loglevel=error", *arguments]
    subprocess.run(command, check=True, env={**os.environ, "NEXT_TELEMETRY_DISABLED": "1", **environment})


def _build(name: str, **environment: str) -> Path:
    folder = _EXAMPLES / name
    # npm keeps an installed copy of the package while the version is the same.
    shutil.rmtree(folder / "node_modules" / "@tidings", ignore_errors=True)
    _npm(folder, "install")
    _npm(folder, "run", "build", **environment)
    return folder


@pytest.fixture(scope="module")
def next_app(cloud: LocalCloud, origins: Origins) -> Iterator[str]:
    folder = _build("next", NEXT_PUBLIC_TIDINGS_URL=cloud.front)
    port = origins.example.rpartition(":")[2]
    command = ["node", "node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", port]
    environment = {**os.environ, "NEXT_TELEMETRY_DISABLED": "1"}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert any("Ready" in line for line in process.stdout), "Next.js ended before it was ready"
            yield origins.example
        finally:
            process.terminate()


def test_next_server_renders_nobodys_holdings(user: User, next_app: str) -> None:
    user.link_and_refresh("plaid")

    rendered = httpx.get(next_app, cookies=dict(user.client.cookies)).text

    assert "Loading your portfolio" in rendered
    assert not re.search("AAPL|Platypus", rendered)


def test_next_page_hydrates_without_errors_and_shows_holdings(tabs: Tabs, user: User, next_app: str) -> None:
    user.link_and_refresh("plaid")
    page = tabs.profile(user, front=next_app).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda heard: errors.append(f"{heard.text} {heard.location}") if heard.type == "error" else None)

    page.goto(next_app)

    expect(page.get_by_role("rowheader", name="AAPL Apple")).to_be_visible()
    page.evaluate("console.error('end of the test')")  # React reports a failed hydration in the same way
    (last,) = errors
    assert last.startswith("end of the test")
