"""A `redirect_uri` must have an allowed origin, so that a portal returns users only to the host's pages."""

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ORIGIN
from tests.support.drivers.app import App

ROUTES = ["POST /plaid/create-connection-url", "POST /api/snaptrade/create-connection-url"]
FOREIGN = [
    "https://evil.example/",
    "http://app.example.com/",
    "https://app.example.com:8443/",
    "https://app.example.com.evil.example/",
    "https://app.example.com@evil.example/",
    "https://evil.example/https://app.example.com/",
    "https://evil.example\\@app.example.com/",
    "https://app.example.com\\@evil.example/",
    "//app.example.com/",
    "/connected",
    "app.example.com",
    "javascript:alert(1)",
    "https://app.example.com:port/",
    "https://[app.example.com/",
    "https://app.exämple.com/",
    "https://app.example.com/\ud800",
    "https://app.example.com/\r\nX: y",
    "\x01https://app.example.com/",
    "https://ap\np.example.com/",
    "https://app.example.com/\x00",
    "https://app.example.com/\x7f",
    " https://app.example.com/",
    "https://app.example.com/a b",
    "https://app.example.com/\t",
    "",
    1,
    [],
    {},
    True,
]


@pytest.mark.threat(id="open-redirect")
@pytest.mark.parametrize("route", ROUTES)
def test_foreign_redirect_uri_is_400(app: App, route: str, tables: Tables) -> None:
    cookie = app.sign_in()
    before = tables.contents()
    for address in FOREIGN:
        answered = app.request(route, cookie, body={"redirect_uri": address})
        assert (answered.status, answered.json["type"]) == (400, "urn:tidings:problem:bad-request"), repr(address)
    assert tables.contents() == before
    assert app.providers.calls("plaid") + app.providers.calls("snaptrade") == []


@pytest.mark.parametrize("route", ROUTES)
def test_allowed_redirect_uri_is_accepted(app: App, route: str) -> None:
    cookie = app.sign_in()
    for path in ("", "/", "/a/b?c=d#e"):
        assert app.request(route, cookie, body={"redirect_uri": f"{ORIGIN}{path}"}).status == 200, path
