"""Measure from a webhook's response to its nudge in Chromium, and to the poll that follows, beside polling alone."""

import time
from collections.abc import Sequence
from statistics import quantiles
from typing import Any

import httpx
from playwright.sync_api import Page

from benchmarks.code import Code
from benchmarks.page_load import open_browser, open_profile
from benchmarks.report import Row, Section
from benchmarks.scale import results
from benchmarks.stage import Event, Stage

WEBHOOKS = 100
_WARM = 5
_PATIENCE_S = 60.0
_OBSERVE = """
window.heard = {subscribed: 0, nudges: [], polls: []};
const Native = window.WebSocket;
window.WebSocket = class extends Native {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({data}) => {
      const {type} = JSON.parse(data);
      if (type === "subscribe_success") heard.subscribed++;
      if (type === "data") heard.nudges.push(Date.now());
    });
  }
};
const fetchNatively = window.fetch;
window.fetch = async (...given) => {
  const response = await fetchNatively(...given);
  if (String(given[0]?.url ?? given[0]).includes("/pending-updates")) heard.polls.push(Date.now());
  return response;
};
"""


def measure(_code: Code, stage: Stage) -> Section:
    nudged, polled = _nudge(stage)
    banner = results.load()["after", 1_000].banner_open
    rows = [
        Row(f"local cloud, {WEBHOOKS} webhooks: nudge in the browser", _percentiles(nudged)),
        Row(f"local cloud, {WEBHOOKS} webhooks: response of the poll that follows", _percentiles(polled)),
        Row(
            "polling alone, simulated: poll that shows the update",
            f"p50 {banner.p50:.0f} s, p99 {banner.p99:.0f} s",
        ),
    ]
    return Section("Live updates in a browser", "python -m benchmarks live_updates", rows, _NOTES)


def _nudge(stage: Stage) -> tuple[Sequence[float], Sequence[float]]:
    """Send the webhooks one after the other to a page that listens. Returns the two latencies of each, in ms."""
    account = stage.account(plaid=1)
    webhooks = stage.webhooks("plaid", account.plaid[0], _WARM + WEBHOOKS)
    with open_browser() as browser:
        profile = open_profile(browser, stage, account)
        # Without it the page takes the cloud for a deployment, and does not poll every few seconds.
        profile.route("**/_local/health", lambda route: route.fulfill(status=404))
        profile.add_init_script(_OBSERVE)
        page = profile.new_page()
        page.goto("/")
        _wait_for(page, "heard.subscribed > 0 && heard.polls.length > 1")
        page.wait_for_timeout(2_000)  # the nudges of linking are over
        with httpx.Client(timeout=60) as client:
            taken = [_nudge_once(stage, page, client, webhook) for webhook in webhooks][_WARM:]
        profile.close()
    return [nudged for nudged, _ in taken], [polled for _, polled in taken]


def _nudge_once(stage: Stage, page: Page, client: httpx.Client, webhook: Event) -> tuple[float, float]:
    page.evaluate("heard.nudges = []; heard.polls = []")
    url = stage.cloud.function_urls["WebhookPlaidFunction"]
    client.post(url, headers=webhook["headers"], content=webhook["body"]).raise_for_status()
    answered = 1000 * time.time()
    _wait_for(page, "heard.nudges.length > 0 && heard.polls.length > 0")
    heard: dict[str, Any] = page.evaluate("heard")
    page.wait_for_timeout(1_000)  # the page polls once a second at most
    return heard["nudges"][0] - answered, heard["polls"][0] - answered


def _wait_for(page: Page, condition: str) -> None:
    """Look again and again: the page's content security policy forbids the browser to wait for an expression."""
    deadline = time.monotonic() + _PATIENCE_S
    while not page.evaluate(condition):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the page never saw: {condition}")
        page.wait_for_timeout(50)


def _percentiles(taken: Sequence[float]) -> str:
    found = quantiles(taken, n=100, method="inclusive")
    return f"p50 {found[49]:.0f} ms, p99 {found[98]:.0f} ms"


_NOTES = """\
Headless Chromium with the page, on the same machine as the local cloud that it listens to. The time runs from the
response to a signed webhook, as its sender sees it, to the message on the page's WebSocket, and to the response of the
page's next poll. Each webhook waits for the one before. The local cloud reads the stream by itself: AWS reads it about
four times a second, and AppSync and the network add their time. Polling alone is that of the simulated day
([scale.md](scale.md#the-day)) for pages that are open: they poll every five minutes."""
