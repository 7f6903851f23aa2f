"""A page of another origin: which requests the browser lets it send, and which responses it may read."""

import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.brokers import Brokers
from tests.e2e.browser.origins import TOKEN_KEY, Origins
from tests.e2e.browser.portfolio_page import PortfolioPage
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User

_CALL = """async ([url, method, options]) => {
  const answer = await fetch(url, {method, credentials: "include", ...options});
  const names = ["retry-after", "etag", "date", "content-type", "apigw-requestid"];
  return {status: answer.status, read: Object.fromEntries(names.map((name) => [name, answer.headers.get(name)]))};
}"""
_LONGER_THAN_A_POLL = "06:30"
_JSON = {"headers": {"content-type": "application/json"}, "body": "{}"}


def _call(page: Page, url: str, method: str = "GET", **options: object) -> Any:  # noqa: ANN401 - JSON
    return page.evaluate(_CALL, [url, method, options])


def _tab(tabs: Tabs, user: User, origin: str) -> Page:
    return tabs.open(tabs.profile(user, front=origin))


def test_allowed_origin_reads_retry_after(tabs: Tabs, user: User, origins: Origins) -> None:
    user.link_and_refresh("plaid")
    page = _tab(tabs, user, origins.same_site)

    refused = _call(page, f"{origins.api}/plaid/holdings/refresh", "POST", **_JSON)

    assert refused["status"] == 429
    assert 1 <= int(refused["read"]["retry-after"]) <= 60
    assert refused["read"]["apigw-requestid"] is None  # not among the exposed ones
    assert _call(page, f"{origins.api}/pending-updates")["read"]["etag"]


def test_allowed_origin_reads_time_of_server(tabs: Tabs, user: User, origins: Origins) -> None:
    page, url = _tab(tabs, user, origins.same_site), f"{origins.api}/pending-updates"

    first = _call(page, url)
    unchanged = _call(page, url, headers={"if-none-match": first["read"]["etag"]}, cache="no-store")

    assert (first["status"], unchanged["status"]) == (200, 304)
    for answered in (first, unchanged):
        assert abs(parsedate_to_datetime(answered["read"]["date"]).timestamp() - time.time()) < 60


def test_slow_clock_on_another_origin_does_not_lengthen_cooldown(tabs: Tabs, user: User, origins: Origins) -> None:
    user.link_and_refresh("plaid")
    page = tabs.profile(user, front=origins.same_site).new_page()
    page.clock.install(time=datetime.now(UTC) - timedelta(minutes=10))
    page.goto("/")
    shown = PortfolioPage(page)
    expect(shown.quantity("AAPL")).to_be_visible()

    with page.expect_response(f"{origins.api}/pending-updates"):
        shown.button("Refresh").click()

    expect(shown.button(re.compile(r"Please wait ([1-9]|[1-5]\d|60) s"))).to_be_visible()


def test_allowed_origin_may_send_etag(tabs: Tabs, user: User, origins: Origins) -> None:
    page = _tab(tabs, user, origins.same_site)
    etag = _call(page, f"{origins.api}/pending-updates")["read"]["etag"]

    again = _call(page, f"{origins.api}/pending-updates", headers={"if-none-match": etag}, cache="no-store")

    assert again["status"] == 304


def test_cookie_is_sent_within_its_site_only(tabs: Tabs, user: User, origins: Origins) -> None:
    assert _call(_tab(tabs, user, origins.same_site), f"{origins.api}/pending-updates")["status"] == 200
    assert _call(_tab(tabs, user, origins.cross_site), f"{origins.api}/pending-updates")["status"] == 401


@pytest.mark.threat(id="cross-site-write")
def test_disallowed_origin_reads_and_writes_nothing(tabs: Tabs, user: User, origins: Origins) -> None:
    user.link("plaid")
    page = _tab(tabs, user, origins.foreign)
    url = f"{origins.api}/holdings/refresh"

    with page.expect_response(url) as sent:
        page.evaluate(_CALL, [url, "POST", {"mode": "no-cors"}])  # no preflight in this mode
    assert sent.value.status == 403  # 401 would mean that the cookie was not sent
    assert user.is_pending("plaid")

    reading = "url => fetch(url, {credentials: 'include'}).then(() => 'read', (error) => error.name)"
    assert page.evaluate(reading, f"{origins.api}/holdings") == "TypeError"
    writing = "([url, options]) => fetch(url, {method: 'POST', ...options}).then(() => 'sent', (error) => error.name)"
    assert page.evaluate(writing, [url, {**_JSON, "credentials": "include"}]) == "TypeError"
    assert user.is_pending("plaid")


def test_page_on_allowed_origin_does_main_job(tabs: Tabs, user: User, brokers: Brokers, origins: Origins) -> None:
    item = user.link_and_refresh("plaid")
    page = tabs.profile(user, front=origins.same_site).new_page()
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.clock.install()
    page.goto("/")
    shown = PortfolioPage(page)
    expect(shown.quantity("AAPL")).to_have_text("12.5")

    brokers.trade("plaid", item, ticker="AAPL", quantity="1")
    user.end_cooldowns()
    page.clock.fast_forward(_LONGER_THAN_A_POLL)
    expect(shown.banner).to_be_visible()
    shown.refreshes()
    expect(shown.quantity("AAPL")).to_have_text("13.5")
    shown.button("Refresh").click()
    expect(shown.button(re.compile(r"Please wait ([1-9]|[1-5]\d|60) s"))).to_be_visible()
    for local in ("Sign out", "Broker simulator"):
        expect(shown.button(local)).to_have_count(0)
    assert not [url for url in asked_for if "Simulator" in url or "_local" in url]

    shown.connects("SnapTrade")
    assert page.url.startswith(origins.same_site)


def test_page_on_another_site_works_with_token(tabs: Tabs, user: User, brokers: Brokers, origins: Origins) -> None:
    item = user.link_and_refresh("plaid")
    brokers.trade("plaid", item, ticker="AAPL", quantity="1")
    user.end_cooldowns()
    profile = tabs.profile(front=origins.cross_site)
    shown = PortfolioPage(tabs.open(profile))
    expect(shown.page.get_by_role("heading", name="You are signed out")).to_be_visible()

    order = {"user_id": user.user_id, "email": user.email}
    token = user.call("POST", "/_local/token", 200, order)["access_token"]
    shown.page.evaluate("([key, token]) => sessionStorage.setItem(key, token)", [TOKEN_KEY, token])
    shown.page.reload()

    shown.refreshes()
    expect(shown.quantity("AAPL")).to_have_text("13.5")
    assert profile.cookies() == []
