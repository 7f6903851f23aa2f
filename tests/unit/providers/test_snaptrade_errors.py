"""SnapTrade's error table, mapped once, and the signature of its requests."""

from typing import Any

import pytest
from snaptrade_client.request_after_hook import compute_request_signature

from tidings.errors import (
    ItemGone,
    NotOffered,
    ProviderError,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    ReconnectRequired,
    TidingsError,
)
from tidings.http import client as http_client
from tidings.http.client import HttpResponse
from tidings.providers.snaptrade import client


def map_error(status: int, code: object = None, detail: str = "?", *, for_user: bool = True) -> TidingsError:
    body = {"detail": detail, "status_code": status} | ({} if code is None else {"code": code})
    return client.error_from_response(HttpResponse(status, {"retry-after": "17"}, body), for_user=for_user)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "1076", client.SnapTradeError),
        (402, "3003", ReconnectRequired),
        (402, 3003, ReconnectRequired),
        (402, "3011", client.SnapTradeError),
        (403, "1141", client.SnapTradeError),
        (403, "1066", client.SnapTradeError),
        (404, "1011", ItemGone),
        (409, "1166", ProviderNotReady),
        (410, None, ProviderMisconfigured),
        (425, "3012", ProviderNotReady),
        (400, 3012, ProviderNotReady),
        (429, "0000", ProviderLimit),
        (500, "1000", client.SnapTradeError),
        (501, None, NotOffered),
        (503, "3002", client.SnapTradeError),
    ],
)
def test_snaptrade_status_and_code_decide_error(status: int, code: object, error: type[TidingsError]) -> None:
    mapped = map_error(status, code, "secret words")
    assert type(mapped) is error
    assert "secret words" not in mapped.detail


@pytest.mark.parametrize(
    ("status", "code", "is_final"),
    [
        (400, "1000", True),
        (403, "1066", True),
        (404, "1011", True),
        (410, "1000", True),
        (422, 1000, True),
        (501, "1000", True),
        (400, "1076", False),  # our signature
        (400, "3012", False),  # still synchronizing
        (401, "1083", False),
        (402, "3003", False),
        (408, "1000", False),
        (409, "1166", False),
        (425, "1000", False),
        (425, "3012", False),
        (429, "0000", False),
        (500, "1000", False),
        (503, "3002", False),
        (404, None, False),
    ],
)
def test_only_refusal_by_snaptrade_itself_is_final(status: int, code: object, is_final: bool) -> None:
    mapped = map_error(status, code)
    assert isinstance(mapped, ProviderError)
    assert mapped.is_final is is_final


@pytest.mark.parametrize("body", [None, [], {}, "text", {"message": "Forbidden"}])
def test_gateway_refusal_is_not_final(body: object) -> None:
    assert not client.error_from_response(HttpResponse(403, {}, body), for_user=True).is_final


def test_snaptrade_wait_uses_provider_retry_after() -> None:
    assert [map_error(status).retry_after_s for status in (409, 425, 429)] == [17, 17, 17]
    assert map_error(400, "3012").retry_after_s == 17


@pytest.mark.parametrize(
    ("status", "code", "reason"), [(402, "3003", "connection_disabled"), (501, None, "not_implemented")]
)
def test_snaptrade_error_has_its_reason(status: int, code: str | None, reason: str) -> None:
    mapped = map_error(status, code)
    assert isinstance(mapped, ReconnectRequired | NotOffered)
    assert mapped.reason == reason


@pytest.mark.parametrize("name", ["code", "default_code"])
@pytest.mark.parametrize(("code", "shown"), [(3002, "3002"), ("3002", "3002"), (66, "0066"), (0, "0000"), ("x", None)])
def test_code_may_be_a_number_under_either_name(name: str, code: object, shown: str | None) -> None:
    mapped = client.error_from_response(HttpResponse(500, {}, {name: code}), for_user=True)
    assert isinstance(mapped, client.SnapTradeError)
    assert (mapped.http_status, mapped.code) == (500, shown)


@pytest.mark.parametrize("detail", [None, 5, ["user"]])
def test_refusal_without_text_requires_no_reconnect(detail: object) -> None:
    body = {"detail": detail, "status_code": 401}
    assert isinstance(client.error_from_response(HttpResponse(401, {}, body), for_user=True), ProviderMisconfigured)


@pytest.mark.parametrize(
    ("code", "detail"),
    [("1083", "Invalid userID or userSecret provided"), ("0000", "User not found"), (None, "Invalid userSecret")],
)
def test_wrong_user_secret_means_lost_credential(code: str | None, detail: str) -> None:
    lost = map_error(401, code, detail)
    assert isinstance(lost, ReconnectRequired)
    assert lost.reason == "credential_lost"
    assert isinstance(map_error(401, code, detail, for_user=False), ProviderMisconfigured)


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("1076", "Unable to verify signature sent"),
        ("1076", "Unable to verify the user's signature"),
        (None, "Unable to verify the user's signature"),
        (None, "Invalid timestamp"),
        ("1077", "Invalid clientId provided"),
        ("9999", "user"),
        (None, "?"),
    ],
)
def test_own_misconfiguration_requires_no_reconnect(code: str | None, detail: str) -> None:
    assert isinstance(map_error(401, code, detail), ProviderMisconfigured)


def test_proxy_404_is_snaptrade_error() -> None:
    assert type(client.error_from_response(HttpResponse(404, {}, None), for_user=True)) is client.SnapTradeError


@pytest.mark.parametrize("body", [None, {}, {"userId": "user 1"}, {"userId": "us\u00e9r", "z": 1, "a": {"b": None}}])
def test_request_signature_matches_official_sdk(body: dict[str, Any] | None) -> None:
    query = "userId=user%201&userSecret=a%2Bb%2Fc&clientId=CLIENT&timestamp=1790000000"
    official = compute_request_signature(f"/authorizations?{query}", "consumer key", {} if body is None else body)
    assert client.sign("consumer key", "/authorizations", query, body) == official


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"detail": "gone", "status_code": 404, "code": "1011"}, 404),
        ({"detail": "busy", "status_code": 503, "code": 3002}, 503),
        ({"detail": "bad", "status_code": 400, "code": "1000"}, 400),
        ({"detail": "fine", "status_code": 399, "code": "1000"}, None),
        ({"detail": "fine", "status_code": 200, "code": "0000"}, None),
        ({"detail": "no code", "status_code": 404}, None),
        ({"detail": "no status", "code": "1011"}, None),
        ({"detail": "a text", "status_code": "404", "code": "1011"}, None),
        ({"status": "deleted"}, None),
        ([], None),
        (None, None),
    ],
)
def test_error_object_within_success_is_that_error(
    body: object, status: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "send_request", lambda *_, **__: HttpResponse(200, {}, body))
    monkeypatch.setenv("SNAPTRADE_BASE_URL", "https://api.snaptrade.com")
    app = {"client_id": "c", "consumer_key": "k"}
    if status is None:
        assert client.call_app(app, "GET", "/accounts", 0.0) == body
    else:
        with pytest.raises(ItemGone if status == 404 else client.SnapTradeError):
            client.call_app(app, "GET", "/accounts", 0.0)


@pytest.mark.parametrize(("query", "error"), [({}, ProviderMisconfigured), ({"userId": "u"}, ReconnectRequired)])
def test_unknown_user_is_told_from_wrong_key(
    query: dict[str, str], error: type[TidingsError], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"detail": "User not found", "status_code": 401, "code": "0000"}
    monkeypatch.setattr(http_client, "send_request", lambda *_, **__: HttpResponse(401, {}, body))
    monkeypatch.setenv("SNAPTRADE_BASE_URL", "https://api.snaptrade.com")
    with pytest.raises(error):
        client.call_app({"client_id": "c", "consumer_key": "k"}, "DELETE", "/snapTrade/deleteUser", 0.0, query=query)
