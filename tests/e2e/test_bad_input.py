"""Bad input gets a clear response, never a 5xx from the functions, and changes nothing."""

import json
import time
from datetime import UTC, datetime
from secrets import token_hex

import pytest

from local.cloud import LocalCloud
from local.settings import SnapTrade
from tests.e2e.description import Description
from tests.e2e.user import User
from tests.support.fakes.signed_webhooks import canonical_ascii, snaptrade_signature

WRITES = [
    "/holdings/refresh",
    "/plaid/holdings/refresh",
    "/api/snaptrade/holdings/refresh",
    "/plaid/create-connection-url",
    "/plaid/complete-connection",
    "/plaid/exchange-public-token",
    "/api/snaptrade/create-connection-url",
]
WEBHOOKS = ["/plaid/webhook", "/api/snaptrade/webhook"]
NOT_OBJECTS = {
    "not JSON": b"{",
    "an array": b"[]",
    "a number": b"1",
    "nothing": b"null",
    "NaN": b"NaN",
    "nested": b"[" * 30_000 + b"]" * 30_000,
    "binary": bytes(range(256)),
}
ODD_OBJECTS = {
    "invalid UTF-8": b'{"\xff": 1}',  # the gateway replaces the byte where it takes the body for text, as AWS does
    "nested": b'{"a":' * 8_000 + b"1" + b"}" * 8_000,
    "the same key twice": b'{"link_token": "x", "public_token": "x", "link_token": "y", "public_token": "y"}',
    "lone surrogate": b'{"link_token": "\\ud800", "public_token": "\\ud800", "broker": "\\ud800"}',
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nowhere"),
        ("GET", "/plaid"),
        ("GET", "/holdings/"),
        ("GET", "/plaid/webhook"),
        ("PUT", "/holdings/refresh"),
        ("POST", "/holdings"),
        ("PUT", "/connections"),
        ("DELETE", "/plaid/items"),
        ("PATCH", "/plaid/items/x"),
        ("GET", "/%2e%2e/etc/passwd"),
        ("GET", "/.env"),
    ],
)
def test_unknown_route_or_method_returns_gateway_404(user: User, method: str, path: str) -> None:
    assert user.call(method, path, 404) == {"message": "Not Found"}


@pytest.mark.parametrize("path", WRITES)
def test_body_other_than_object_is_rejected(user: User, path: str) -> None:
    for what, content in NOT_OBJECTS.items():
        for kind in ("application/json", "application/octet-stream"):
            answer = user.client.post(path, content=content, headers={"content-type": kind})
            assert answer.status_code == 400, what
            assert answer.json()["title"] == "The request can't be understood"


@pytest.mark.parametrize("path", WRITES)
def test_unexpected_object_causes_no_server_error(user: User, path: str) -> None:
    for what, content in ODD_OBJECTS.items():
        for kind in ("application/json", "application/octet-stream"):
            answer = user.client.post(path, content=content, headers={"content-type": kind})
            assert answer.status_code < 500, what


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/holdings/refresh", {"all": "yes"}),
        ("/holdings/refresh", {"providers": "plaid"}),
        ("/holdings/refresh", {"providers": ["other"]}),
        ("/holdings/refresh", {"providers": []}),
        ("/plaid/create-connection-url", {"redirect_uri": "https://elsewhere.example/"}),
        ("/plaid/create-connection-url", {"redirect_uri": 1}),
        ("/plaid/complete-connection", {}),
        ("/plaid/exchange-public-token", {"public_token": ["x"]}),
        ("/plaid/exchange-public-token", {"public_token": "x" * 5000}),
        ("/api/snaptrade/create-connection-url", {"broker": "\n"}),
        ("/api/snaptrade/create-connection-url", {"redirect_uri": "javascript:alert(1)"}),
    ],
)
def test_wrong_types_and_values_are_named_in_response(user: User, path: str, body: object) -> None:
    detail = user.call("POST", path, 400, body)["detail"]
    assert detail.startswith("`")


@pytest.mark.invariant(id="I7")
def test_hostile_path_ids_reach_no_other_data(user: User) -> None:
    for source_id in ("*", "%2A", "..%2f..", "%00", "a" * 3000, "%F0%9F%98%80"):
        user.call("DELETE", f"/plaid/items/{source_id}", 204)
        user.call("DELETE", f"/api/snaptrade/connections/{source_id}", 204)


def test_oversized_request_body_is_rejected(user: User) -> None:
    content = json.dumps({"all": False, "more": "x" * 70_000}).encode()
    for path in WRITES:
        assert user.client.post(path, content=content).status_code == 413
    eleven_megabytes = b"x" * (11 << 20)
    answer = user.client.post(WRITES[0], content=eleven_megabytes)
    assert (answer.status_code, answer.json()) == (413, {"message": "Request Entity Too Large"})


@pytest.mark.parametrize("path", WEBHOOKS)
def test_oversized_webhook_is_rejected(user: User, cloud: LocalCloud, path: str) -> None:
    over = b'{"a":"' + b"x" * (256 * 1024) + b'"}'
    assert user.client.post(path, content=over).status_code == 413
    function = "WebhookPlaidFunction" if path == "/plaid/webhook" else "WebhookSnapTradeFunction"
    for content in (over, b"x" * (7 << 20)):
        answer = user.client.post(cloud.function_urls[function], content=content)
        assert answer.status_code == 413


@pytest.mark.parametrize("path", WEBHOOKS)
def test_unsigned_webhook_is_rejected(user: User, path: str) -> None:
    for content in (*NOT_OBJECTS.values(), *ODD_OBJECTS.values(), b"", b"{}"):
        for headers in ({}, {"signature": "x"}, {"plaid-verification": "a.b.c"}, {"signature": "A" * 43 + "="}):
            answer = user.client.post(path, content=content, headers={"content-type": "application/json", **headers})
            assert answer.status_code in ({403} if path == "/plaid/webhook" else {400, 403})


@pytest.mark.parametrize("header", ["Signature", "SIGNATURE", "signature"])
@pytest.mark.parametrize("kind", ["application/json", "application/octet-stream", "text/plain", None])
def test_webhook_accepts_any_header_case_and_binary_body(
    user: User, description: Description, header: str, kind: str | None
) -> None:
    """The gateway passes a body of an unknown type as base64."""
    content = canonical_ascii(_event())
    headers = {header: snaptrade_signature(content, SnapTrade.consumer_key)}
    if kind:
        headers["content-type"] = kind
    assert user.client.post("/api/snaptrade/webhook", content=content, headers=headers).json() == {"status": "ignored"}


def _event() -> dict[str, object]:
    now = datetime.fromtimestamp(time.time(), UTC).isoformat()
    return {"webhookId": token_hex(8), "eventType": "TEST_WEBHOOK", "eventTimestamp": now, "note": "Grüße"}


# --- Session and origin


@pytest.mark.parametrize("cookie", [None, "", "x", "a" * 10_000, "'; DROP TABLE"])
def test_request_without_session_returns_no_data(user: User, cloud: LocalCloud, cookie: str | None) -> None:
    user.client.cookies.clear()
    headers = {} if cookie is None else {"cookie": f"session_id={cookie}"}
    for path in ("/holdings", "/pending-updates", "/connections", "/plaid/holdings", "/api/snaptrade/holdings"):
        user.call("GET", path, 401, headers=headers)
    for path in WRITES:
        user.call("POST", path, 401, {}, headers=headers)
    for path in ("/connections", "/plaid/items/x", "/api/snaptrade/connections/x"):
        user.call("DELETE", path, 401, headers=headers)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", None])
def test_foreign_origin_request_changes_nothing(user: User, origin: str | None) -> None:
    user.client.headers.pop("origin")
    headers = {} if origin is None else {"origin": origin}
    for path in WRITES:
        user.call("POST", path, 403, {}, headers=headers)
    user.call("DELETE", "/connections", 403, headers=headers)
    answer = user.client.get("/connections", headers=headers)
    assert "access-control-allow-origin" not in answer.headers


def test_preflight_allows_only_the_page_origin(user: User, cloud: LocalCloud) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    allowed = user.client.options("/holdings/refresh", headers=asked)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == cloud.front
    assert allowed.headers["access-control-allow-credentials"] == "true"
    assert "POST" in allowed.headers["access-control-allow-methods"]
    assert "content-type" in allowed.headers["access-control-allow-headers"]
    foreign = user.client.options("/holdings/refresh", headers={**asked, "origin": "https://evil.example"})
    assert "access-control-allow-origin" not in foreign.headers
    answer = user.client.get("/pending-updates")
    assert answer.headers["access-control-expose-headers"] == "retry-after,etag,date"
