"""Which requests register SnapTrade users and connect brokers, and what is taken from the responses."""

import json
import time
from typing import Any

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tests.unit.providers.sent_requests import SentRequests
from tidings.errors import ItemGone, NotOffered, ReconnectRequired, UnusableResponse
from tidings.model import Access
from tidings.providers.snaptrade import brokers, client, connections, paid_refresh
from tidings.providers.snaptrade.client import SnapTradeError
from tidings.providers.snaptrade.connections import Portal, UserExists

APP = {"client_id": "c", "consumer_key": "k"}
ACCESS = Access(APP, "user 1", "secret&")
NOW_S = 1_771_500_000.75
AS_USER = {"userId": "user 1", "userSecret": "secret&"}
AS_APP = {"clientId": "c", "timestamp": "1771500000"}
GONE = {"detail": "gone", "status_code": 404, "code": "1011"}


@pytest.fixture
def snaptrade(monkeypatch: pytest.MonkeyPatch) -> SentRequests:
    monkeypatch.setenv("SNAPTRADE_BASE_URL", "https://snaptrade.example")
    replace_in_product(monkeypatch, time, time=lambda: NOW_S)
    return SentRequests(monkeypatch)


def sent(snaptrade: SentRequests) -> tuple[str, str, dict[str, str], Any]:
    """Return the only request: method, path, query and body. Its signature must be right."""
    request = snaptrade.only
    path = request.address.removeprefix("https://snaptrade.example")
    body = None if request.body is None else json.loads(request.body)
    signature = client.sign("k", path, request.url.partition("?")[2], body)
    content_type = {} if body is None else {"content-type": "application/json"}
    assert (request.headers, request.deadline) == ({"signature": signature} | content_type, 7.0)
    assert (request.body, "+" in request.url) == (None if body is None else json.dumps(body).encode(), False)
    return request.method, path, request.query, body


def test_user_is_registered(snaptrade: SentRequests) -> None:
    snaptrade.answer({"userSecret": "new"})
    assert connections.register(APP, "user 1", 7.0) == "new"
    assert sent(snaptrade) == ("POST", "/snapTrade/registerUser", AS_APP, {"userId": "user 1"})


@pytest.mark.parametrize("body", [{}, {"userSecret": ""}, {"userSecret": 5}, [], None])
def test_registration_without_secret_is_unusable(snaptrade: SentRequests, body: object) -> None:
    snaptrade.answer(body)
    with pytest.raises(UnusableResponse, match="userSecret"):
        connections.register(APP, "user 1", 7.0)


@pytest.mark.parametrize(("code", "error"), [("1010", UserExists), ("1000", SnapTradeError)])
def test_user_exists_only_if_snaptrade_says_so(snaptrade: SentRequests, code: str, error: type[Exception]) -> None:
    snaptrade.answer({"code": code, "status_code": 400}, 400)
    with pytest.raises(error):
        connections.register(APP, "user 1", 7.0)


def test_portal_is_read_only_and_opens_for_five_minutes(snaptrade: SentRequests) -> None:
    snaptrade.answer({"redirectURI": "https://portal"})
    portal = connections.create_portal(ACCESS, 7.0, broker="ALPACA", redirect_uri="https://page")
    assert portal == Portal("https://portal", 1_771_500_000_750 + 300_000)
    assert "https" not in repr(portal)
    assert sent(snaptrade) == (
        "POST",
        "/snapTrade/login",
        AS_USER | AS_APP,
        {"broker": "ALPACA", "customRedirect": "https://page", "immediateRedirect": True, "connectionType": "read"},
    )


def test_portal_without_options_names_none(snaptrade: SentRequests) -> None:
    snaptrade.answer({"redirectURI": "https://portal"})
    connections.create_portal(ACCESS, 7.0)
    assert sent(snaptrade)[3] == {"connectionType": "read"}


def test_portal_repairs_a_connection(snaptrade: SentRequests) -> None:
    snaptrade.answer({"redirectURI": "https://portal"})
    connections.create_portal(ACCESS, 7.0, reconnect="first")
    assert sent(snaptrade)[3] == {"reconnect": "first", "connectionType": "read"}


def test_portal_without_page_is_unusable(snaptrade: SentRequests) -> None:
    snaptrade.answer({})
    with pytest.raises(UnusableResponse, match="redirectURI"):
        connections.create_portal(ACCESS, 7.0)


def test_secret_is_reset_by_a_body(snaptrade: SentRequests) -> None:
    snaptrade.answer({"userSecret": "new"})
    assert connections.reset_secret(ACCESS, 7.0) == "new"
    assert sent(snaptrade) == ("POST", "/snapTrade/resetUserSecret", AS_APP, AS_USER)


@pytest.mark.parametrize("body", [{"detail": "Invalid userSecret", "code": "1083"}, {"detail": "User not found"}])
def test_secret_that_snaptrade_refuses_is_lost(snaptrade: SentRequests, body: dict[str, str]) -> None:
    snaptrade.answer(body | {"status_code": 401}, 401)
    for call in (connections.reset_secret, connections.list_connections):
        with pytest.raises(ReconnectRequired) as refused:
            call(ACCESS, 7.0)
        assert refused.value.reason == "credential_lost"


def test_connections_are_listed_by_id(snaptrade: SentRequests) -> None:
    snaptrade.answer([{"id": "first"}, {"id": "second", "disabled": True}])
    assert connections.list_connections(ACCESS, 7.0) == ["first", "second"]
    assert sent(snaptrade) == ("GET", "/authorizations", AS_USER | AS_APP, None)
    snaptrade.answer({"detail": "?"})
    with pytest.raises(UnusableResponse):
        connections.list_connections(ACCESS, 7.0)


@pytest.mark.parametrize("status", [200, 404])
def test_removed_connection_may_not_exist(snaptrade: SentRequests, status: int) -> None:
    snaptrade.answer(GONE if status == 404 else None, status)
    connections.remove_connection(ACCESS, "a/b", 7.0)
    assert sent(snaptrade) == ("DELETE", "/connection/a%2Fb", AS_USER | AS_APP, None)


def test_connection_that_cannot_be_removed_is_an_error(snaptrade: SentRequests) -> None:
    snaptrade.answer({}, 500)
    with pytest.raises(SnapTradeError):
        connections.remove_connection(ACCESS, "first", 7.0)


@pytest.mark.parametrize(
    ("body", "status"),
    [(None, 200), (GONE, 404), ({"detail": "User not found", "status_code": 401, "code": "0000"}, 401)],
)
def test_deleted_user_may_not_exist(snaptrade: SentRequests, body: object, status: int) -> None:
    snaptrade.answer(body, status)
    connections.delete_user(APP, "user 1", 7.0)
    assert sent(snaptrade) == ("DELETE", "/snapTrade/deleteUser", {"userId": "user 1"} | AS_APP, None)


def test_user_that_cannot_be_deleted_is_an_error(snaptrade: SentRequests) -> None:
    snaptrade.answer({}, 500)
    with pytest.raises(SnapTradeError):
        connections.delete_user(APP, "user 1", 7.0)


@pytest.mark.parametrize(
    ("app", "is_configured"), [(APP, True), ({"client_id": "c"}, False), ({"consumer_key": "k"}, False), ({}, False)]
)
def test_deployment_needs_both_keys(app: dict[str, str], is_configured: bool) -> None:
    assert connections.is_configured(app) is is_configured


def test_personal_key_names_no_user(snaptrade: SentRequests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "personal")
    snaptrade.answer([])
    connections.list_connections(Access(APP, "personal", "secret"), 7.0)
    assert sent(snaptrade)[2] == AS_APP


def test_personal_key_reaches_nothing_for_users_of_another_key(
    snaptrade: SentRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "personal")
    with pytest.raises(ReconnectRequired) as refused:
        connections.list_connections(ACCESS, 7.0)
    assert (refused.value.reason, snaptrade.sent) == ("credential_lost", [])


def test_paid_refresh_is_counted_and_requested_once(snaptrade: SentRequests) -> None:
    counted: list[int] = []
    snaptrade.answer({"detail": "queued"})
    paid_refresh.request_refresh(Access(APP, "user 1", "secret&", counted.append), "a/b", 7.0)
    assert sent(snaptrade) == ("POST", "/authorizations/a%2Fb/refresh", AS_USER | AS_APP, None)
    assert counted == [1]
    assert (paid_refresh.CALLS_PER_MINUTE, paid_refresh.RATE_COUNTER) == (250, "snaptrade")


@pytest.mark.parametrize(("status", "error"), [(403, NotOffered), (402, SnapTradeError), (404, ItemGone)])
def test_paid_refresh_is_not_offered_if_it_is_forbidden(
    snaptrade: SentRequests, status: int, error: type[Exception]
) -> None:
    snaptrade.answer({"code": "1141", "status_code": status}, status)
    with pytest.raises(error) as refused:
        paid_refresh.request_refresh(ACCESS, "first", 7.0)
    if isinstance(refused.value, NotOffered):
        assert refused.value.reason == "not_available_for_this_connection"


def test_brokers_that_can_be_connected_are_listed(snaptrade: SentRequests) -> None:
    listed = [
        {"slug": "ALPACA", "display_name": "Alpaca", "name": "Alpaca Securities", "enabled": True},
        {"slug": "FIDELITY", "name": "Fidelity", "enabled": None, "maintenance_mode": False},
        {"slug": "OFF", "name": "Off", "enabled": False},
        {"slug": "DOWN", "name": "Down", "maintenance_mode": True},
        {"slug": None, "name": "Without slug"},
        {"slug": "NAMELESS"},
    ]
    snaptrade.answer({"allowed_brokerages": listed})
    assert brokers.list_brokers(APP, 7.0) == [("ALPACA", "Alpaca"), ("FIDELITY", "Fidelity")]
    assert sent(snaptrade) == ("GET", "/snapTrade/partners", AS_APP, None)
