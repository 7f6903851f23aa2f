"""A page of another origin: what the browser lets it send to the API, and lets it read of the answers."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.origins import Origins
from tests.browser.tabs import Tabs
from tests.e2e.user import User

_CALL = """async ([url, method, options]) => {
  const answer = await fetch(url, {method, credentials: "include", ...options});
  const names = ["retry-after", "etag", "content-type", "apigw-requestid"];
  return {status: answer.status, read: Object.fromEntries(names.map((name) => [name, answer.headers.get(name)]))};
}"""
_JSON = {"headers": {"content-type": "application/json"}, "body": "{}"}


def _call(page: Page, url: str, method: str = "GET", **options: object) -> Any:  # noqa: ANN401 - JSON
    return page.evaluate(_CALL, [url, method, options])


def _tab(tabs: Tabs, user: User, origin: str) -> Page:
    return tabs.open(tabs.profile(user, front=origin))


def test_a_script_of_an_allowed_origin_reads_when_to_come_back(tabs: Tabs, user: User, origins: Origins) -> None:
    user.fetched("plaid")
    page = _tab(tabs, user, origins.same_site)

    refused = _call(page, f"{origins.api}/plaid/holdings/refresh", "POST", **_JSON)

    assert refused["status"] == 429
    assert 1 <= int(refused["read"]["retry-after"]) <= 60
    assert refused["read"]["apigw-requestid"] is None  # not among the exposed ones
    assert _call(page, f"{origins.api}/pending-updates")["read"]["etag"]


def test_an_etag_may_be_sent_back(tabs: Tabs, user: User, origins: Origins) -> None:
    page = _tab(tabs, user, origins.same_site)
    etag = _call(page, f"{origins.api}/pending-updates")["read"]["etag"]

    again = _call(page, f"{origins.api}/pending-updates", headers={"if-none-match": etag}, cache="no-store")

    assert again["status"] == 304


def test_the_cookie_goes_to_other_ports_of_its_site_and_to_no_other_site(
    tabs: Tabs, user: User, origins: Origins
) -> None:
    assert _call(_tab(tabs, user, origins.same_site), f"{origins.api}/pending-updates")["status"] == 200
    assert _call(_tab(tabs, user, origins.cross_site), f"{origins.api}/pending-updates")["status"] == 401


def test_an_origin_that_nobody_allowed_writes_nothing_and_reads_nothing(
    tabs: Tabs, user: User, origins: Origins
) -> None:
    user.link("plaid")
    page = _tab(tabs, user, origins.foreign)
    url = f"{origins.api}/holdings/refresh"

    with page.expect_response(url) as sent:
        page.evaluate(_CALL, [url, "POST", {"mode": "no-cors"}])  # which takes no preflight
    assert sent.value.status == 403  # it would be 401, had the cookie not come with it
    assert user.is_pending("plaid")

    reading = "url => fetch(url, {credentials: 'include'}).then(() => 'read', (error) => error.name)"
    assert page.evaluate(reading, f"{origins.api}/holdings") == "TypeError"
    writing = "([url, options]) => fetch(url, {method: 'POST', ...options}).then(() => 'sent', (error) => error.name)"
    assert page.evaluate(writing, [url, {**_JSON, "credentials": "include"}]) == "TypeError"
    assert user.is_pending("plaid")
