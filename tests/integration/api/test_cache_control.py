"""No cache stores what a user may see, except polls, which it must revalidate."""

import pytest

from tests.support.drivers.app import App, LinkedSource

_NOT_STORED = "private, no-store"
_REVALIDATED = "private, no-cache"


@pytest.mark.parametrize(
    "route",
    ["GET /holdings", "GET /plaid/holdings", "GET /api/snaptrade/holdings", "GET /connections"],
)
def test_holdings_and_connections_are_not_stored(app: App, cookie: str, linked: LinkedSource, route: str) -> None:
    answered = app.request(route, cookie)
    assert (answered.status, answered.headers["cache-control"]) == (200, _NOT_STORED)


def test_refresh_and_problems_are_not_stored(app: App, cookie: str, linked: LinkedSource) -> None:
    assert app.refresh(cookie).headers["cache-control"] == _NOT_STORED
    assert app.refresh(cookie).headers["cache-control"] == _NOT_STORED, "a problem"
    assert app.request("GET /holdings").headers["cache-control"] == _NOT_STORED, "nobody signed in"


def test_large_portfolio_is_not_stored(
    app: App, cookie: str, linked: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidings.api.response._GZIP_OVER_BYTES", 10)
    answered = app.request("GET /holdings", cookie, headers={"accept-encoding": "gzip"})
    assert answered.headers["content-encoding"] == "gzip"
    assert answered.headers["cache-control"] == _NOT_STORED


@pytest.mark.parametrize("route", ["GET /pending-updates", "GET /institutions"])
def test_poll_and_institutions_are_revalidated(app: App, cookie: str, linked: LinkedSource, route: str) -> None:
    polled = app.request(route, cookie)
    assert (polled.status, polled.headers["cache-control"]) == (200, _REVALIDATED)
    again = app.request(route, cookie, headers={"if-none-match": polled.headers["etag"]})
    assert (again.status, again.headers["cache-control"]) == (304, _REVALIDATED)
