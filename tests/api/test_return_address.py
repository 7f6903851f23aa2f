"""A `redirect_uri` must lie under an allowed origin: a portal must not send our users elsewhere."""

import pytest

from tests.support.app import App
from tests.support.calls import ORIGIN
from tests.support.tables import Tables

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
    "",
    1,
    [],
    {},
    True,
]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("address", FOREIGN, ids=repr)
def test_a_foreign_return_address_is_400(app: App, route: str, address: object, tables: Tables) -> None:
    cookie = app.sign_in()
    before = tables.contents()
    answered = app.request(route, cookie, body={"redirect_uri": address})
    assert (answered.status, answered.json["type"]) == (400, "urn:tidings:problem:bad-request")
    assert tables.contents() == before
    assert app.providers.calls("plaid") + app.providers.calls("snaptrade") == []


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("path", ["", "/", "/a/b?c=d#e"])
def test_one_of_our_own_is_taken(app: App, route: str, path: str) -> None:
    assert app.request(route, app.sign_in(), body={"redirect_uri": f"{ORIGIN}{path}"}).status == 200
