"""Front-end routes require a session; writes with a cookie require an allowed origin."""

import hashlib
import time

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ORIGIN, ApiResponse
from tests.support.drivers.app import App
from tests.support.drivers.routes import ROUTES, WRITES, sent
from tidings.store import sessions

ORIGINS = {
    "missing": None,
    "null": "null",
    "empty": "",
    "foreign": "https://evil.example",
    "another scheme": "http://app.example.com",
    "another port": "https://app.example.com:8443",
    "a longer host": "https://app.example.com.evil.example",
    "a subdomain": "https://sub.app.example.com",
    "another case": "HTTPS://APP.EXAMPLE.COM",
    "with a path": "https://app.example.com/",
}


def is_unauthenticated(answered: ApiResponse) -> bool:
    return (answered.status, answered.json["type"]) == (401, "urn:tidings:problem:unauthenticated")


@pytest.mark.threat(id="stolen-session")
@pytest.mark.parametrize("cookie", [None, "", "nobody's", "half a surrogate: \ud800"])
def test_routes_without_session_are_401(app: App, cookie: str | None) -> None:
    for route in ROUTES:
        answered = app.request(route, cookie, headers={"origin": ORIGIN}, **sent(route))
        assert is_unauthenticated(answered), route


@pytest.mark.threat(id="stolen-session")
def test_expired_session_is_401_before_its_row_is_deleted(app: App, tables: Tables) -> None:
    cookie = app.sign_in(lasts_s=-1)
    assert len(tables.rows("SessionsTable")) == 1
    for route in ROUTES:
        assert is_unauthenticated(app.request(route, cookie, **sent(route))), route


def test_revoked_session_is_401_at_once(app: App) -> None:
    cookie = app.sign_in()
    assert app.request("GET /connections", cookie).status == 200
    sessions.revoke_session(cookie)
    for route in ROUTES:
        assert is_unauthenticated(app.request(route, cookie, **sent(route))), route


@pytest.mark.threat(id="cross-site-write")
@pytest.mark.parametrize("origin", ORIGINS.values(), ids=ORIGINS)
def test_write_from_foreign_origin_is_403(app: App, tables: Tables, origin: str | None) -> None:
    cookie = app.sign_in()
    before = tables.contents()
    for route in WRITES:
        answered = app.request(route, cookie, origin=origin, **sent(route))
        assert (answered.status, answered.json["type"]) == (403, "urn:tidings:problem:forbidden"), route
    assert tables.contents() == before


def test_write_from_allowed_origin_is_accepted(app: App) -> None:
    cookie = app.sign_in()
    for route in WRITES:
        assert app.request(route, cookie, **sent(route)).status not in {401, 403}, route


@pytest.mark.parametrize("origin", ["https://one.example", "https://two.example"])
def test_configured_origins_are_all_allowed(app: App, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://one.example, https://two.example")
    assert app.request("DELETE /connections", app.sign_in(), origin=origin).status == 204


def test_read_needs_no_origin(app: App) -> None:
    assert app.request("GET /connections", app.sign_in(), origin=None).status == 200


@pytest.mark.threat(id="copied-tables")
def test_session_row_stores_only_cookie_hash(app: App, tables: Tables) -> None:
    cookie = app.sign_in()
    [row] = tables.rows("SessionsTable")
    assert row["session"] == hashlib.sha256(cookie.encode()).hexdigest()
    assert row["expires_at"] > time.time()
    assert cookie not in repr(row)


@pytest.mark.threat(id="stolen-session")
def test_stored_cookie_hash_is_not_accepted(app: App) -> None:
    cookie = app.sign_in()
    assert is_unauthenticated(app.request("GET /connections", hashlib.sha256(cookie.encode()).hexdigest()))


def test_unrelated_cookies_are_ignored(app: App) -> None:
    cookie = app.sign_in()
    cookies = ["theme=dark", f"session_id={cookie}", "session_id_old=x", "broken"]
    assert app.request("GET /connections", changed={"cookies": cookies}).status == 200


def test_cookie_of_another_name_is_401(app: App) -> None:
    cookies = [f"session={app.sign_in()}"]
    assert is_unauthenticated(app.request("GET /connections", changed={"cookies": cookies}))
