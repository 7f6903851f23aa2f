"""Who is calling: by a bearer token, or by a cookie with the right origin."""

from typing import Any

import pytest

from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.output import capture_output
from tests.unit.auth.conftest import ACCEPTED, PublishedIssuer
from tidings import clock, settings
from tidings.api.request import Request
from tidings.auth.current_user import current_user
from tidings.errors import Forbidden, InvalidToken, Unauthenticated
from tidings.model import User
from tidings.observability import invocation, log_info
from tidings.store import sessions

NOW = 1_790_000_000_000
ORIGIN = "https://app.example.com"
BOB = User("bob", "bob@example.com")


@pytest.fixture(autouse=True)
def bobs_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of Bob under one cookie."""

    def find(cookie: str, now: int) -> User | None:
        assert (now, bool(cookie)) == (NOW, True)
        return BOB if cookie == "bobs" else None

    monkeypatch.setattr(sessions, "find_user", find)
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    monkeypatch.setattr(settings, "allowed_origins", lambda: (ORIGIN,))


@pytest.fixture
def accepting(issuer: PublishedIssuer, monkeypatch: pytest.MonkeyPatch) -> PublishedIssuer:
    """An issuer whose tokens the deployment accepts."""
    monkeypatch.setattr(settings, "oidc", lambda: ACCEPTED)
    return issuer


def user_of(method: str = "GET", cookie: str | None = "bobs", **headers: str) -> User:
    cookies = {} if cookie is None else {"session_id": cookie}
    return current_user(Request(f"{method} /holdings", method, "/holdings", headers, cookies, {}, {}, b""))


def test_cookie_names_the_user_of_its_session() -> None:
    assert user_of() == BOB


@pytest.mark.parametrize("cookie", [None, "", "nobodys"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_caller_without_a_session_is_unauthenticated(cookie: str | None, method: str) -> None:
    with pytest.raises(Unauthenticated):
        user_of(method, cookie, origin=ORIGIN)


@pytest.mark.parametrize("cookie", [None, ""])
def test_write_without_a_cookie_is_unauthenticated_whatever_its_origin(cookie: str | None) -> None:
    with pytest.raises(Unauthenticated):
        user_of("POST", cookie, origin="https://evil.example")


def test_token_comes_before_the_cookie(accepting: PublishedIssuer) -> None:
    token = accepting.sign("first", "ES256")
    for scheme in ("Bearer ", "bearer ", "BEARER  "):
        assert user_of(authorization=f"{scheme}{token} ") == User("alice")


def test_invalid_token_is_refused_even_with_a_valid_cookie(accepting: PublishedIssuer) -> None:
    for token in ("", "nonsense"):
        with pytest.raises(InvalidToken):
            user_of(authorization=f"Bearer {token}")


def test_token_needs_no_origin(accepting: PublishedIssuer) -> None:
    token = accepting.sign("first", "ES256")
    assert user_of("POST", None, authorization=f"Bearer {token}") == User("alice")


@pytest.mark.parametrize("authorization", ["", "Basic Ym9iOmJvYg==", "Bearerx y"])
def test_other_authorization_leaves_the_cookie_to_decide(accepting: PublishedIssuer, authorization: str) -> None:
    assert user_of(authorization=authorization) == BOB


def test_token_means_nothing_without_an_issuer(issuer: PublishedIssuer) -> None:
    token = issuer.sign("first", "ES256")
    assert user_of(authorization=f"Bearer {token}") == BOB
    with pytest.raises(Unauthenticated):
        user_of(cookie=None, authorization=f"Bearer {token}")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
@pytest.mark.parametrize("headers", [{}, {"origin": "https://evil.example"}, {"origin": ""}])
def test_write_with_a_cookie_needs_an_allowed_origin(method: str, headers: dict[str, Any]) -> None:
    with pytest.raises(Forbidden, match="origin"):
        user_of(method, **headers)
    assert user_of(method, origin=ORIGIN) == BOB


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_read_with_a_cookie_needs_no_origin(method: str) -> None:
    assert user_of(method, origin="https://evil.example") == BOB
    assert user_of(method) == BOB


def test_log_names_the_user(capsys: pytest.CaptureFixture[str]) -> None:
    with capture_output(capsys) as output, invocation(LambdaContext()):
        user_of()
        log_info("known")
        assert output.lines[0]["user_id"] == "bob"
