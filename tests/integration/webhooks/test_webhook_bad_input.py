"""Invalid webhook requests get 413, 403 or 400, checked in this order, and change nothing."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.aws.account import SNAPTRADE
from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App, ProviderName
from tests.support.fakes.signed_webhooks import canonical_ascii, snaptrade_signature

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
LIMIT = 256 * 1024

NOT_OBJECTS = {
    "empty": b"",
    "blank": b"  \n",
    "not JSON": b"hello",
    "truncated": b'{"a": 1',
    "array": b"[]",
    "string": b'"text"',
    "number": b"1",
    "null": b"null",
    "invalid UTF-8": b'{"a": "\xff\xfe"}',
    "deeply nested": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "NaN": b'{"a": NaN}',
    "a number of 5,000 digits": b'{"a": ' + b"9" * 5_000 + b"}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "gzip": gzip.compress(b"{}"),
}
WRONG_TYPES = {
    "empty object": {},
    "numbers": {"webhookId": 1, "eventType": 2, "userId": 3, "webhook_type": 4, "webhook_code": 5, "item_id": 6},
    "objects": {"webhookId": {}, "eventType": {}, "userId": {}, "webhook_type": {}, "webhook_code": {}, "item_id": {}},
    "lists": {"webhookId": [], "eventType": [], "userId": [], "webhook_type": [], "webhook_code": [], "item_id": []},
    "nulls": {"webhookId": None, "eventType": None, "userId": None, "webhook_type": None, "item_id": None},
    "half a surrogate": {"userId": "\ud800", "eventType": "\ud800", "webhookId": "\ud800", "item_id": "\ud800"},
    "NUL": {"userId": "\0", "eventType": "CONNECTION_ADDED\0", "webhook_type": "HOLDINGS\0", "item_id": "\0"},
    "huge id": {"userId": "u" * 10_000, "eventType": "CONNECTION_ADDED", "item_id": "i" * 10_000},
    "data is text": {"type": "CONNECTION_ADDED", "data": "text"},
    "removal of an object": {"eventType": "CONNECTION_DELETED", "userId": {"a": 1}},
}


def sign_body(app: App, provider: ProviderName, body: bytes) -> dict[str, str]:
    """Sign the raw bytes as the provider does."""
    if provider == "plaid":
        return {"plaid-verification": app.providers.plaid_signature(body)}
    return {"signature": snaptrade_signature(body, SNAPTRADE["consumer_key"])}


Post = Callable[..., ApiResponse]


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> ProviderName:
    named: ProviderName = request.param
    return named


@pytest.fixture
def post(app: App, provider: ProviderName) -> Post:
    """Post bytes with a genuine signature, base64-encoded as a function URL passes binary bodies."""

    def post_signed(body: bytes, headers: dict[str, str] | None = None, **sent: Any) -> ApiResponse:  # noqa: ANN401
        signature = sign_body(app, provider, body) if headers is None else headers
        return app.deliver(provider, (signature, body), **{"base64_encoded": True, **sent})

    return post_signed


@pytest.mark.parametrize("body", NOT_OBJECTS.values(), ids=NOT_OBJECTS)
def test_authentic_non_object_body_returns_400(post: Post, tables: Tables, body: bytes) -> None:
    answered = post(body)
    assert (answered.status, answered.json["type"]) == (400, "urn:tidings:problem:malformed-webhook")
    assert not any(tables.contents().values())


def test_unsigned_webhook_returns_403_for_any_body(post: Post, tables: Tables) -> None:
    for name, body in NOT_OBJECTS.items():
        assert post(body, headers={}).status == 403, name
    assert not any(tables.contents().values())


@pytest.mark.parametrize("payload", WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_authentic_wrong_types_return_200_and_change_nothing(
    post: Post, tables: Tables, payload: dict[str, Any]
) -> None:
    answered = post(canonical_ascii(payload))
    assert (answered.status, answered.json["status"]) == (200, "ignored")
    assert not any(tables.state().values())


def test_duplicate_json_keys_use_last_value(post: Post, tables: Tables) -> None:
    answered = post(b'{"userId": "a", "userId": 1, "item_id": "b", "item_id": 2}')
    assert (answered.status, answered.json["status"]) == (200, "ignored")
    assert not any(tables.state().values())


def test_body_of_256_kib_is_accepted(post: Post) -> None:
    body = b'{"a":"' + b"x" * (LIMIT - 8) + b'"}'
    assert len(body) == LIMIT
    assert post(body, base64_encoded=False).status == 200
    assert post(body).status == 200


@pytest.mark.threat(id="hostile-body")
def test_larger_body_returns_413_before_other_checks(post: Post, tables: Tables) -> None:
    body = b'{"a":"' + b"x" * (LIMIT - 7) + b'"}'
    assert post(body).status == 413
    assert post(body, headers={}).status == 413
    assert post(b"x" * (LIMIT + 1), headers={}).status == 413
    assert not any(tables.contents().values())


def test_text_and_base64_are_same_body(app: App, tables: Tables) -> None:
    [caught] = app.providers.capture_webhooks("snaptrade", user_id="nobody's")
    assert app.deliver("snaptrade", caught, base64_encoded=True).json["status"] == "orphan"
    assert app.deliver("snaptrade", caught, base64_encoded=False).json["status"] == "duplicate"


def test_invalid_base64_returns_400(app: App, provider: ProviderName) -> None:
    answered = app.request(
        "POST /plaid/webhook" if provider == "plaid" else "POST /api/snaptrade/webhook",
        changed={"isBase64Encoded": True, "body": "%%%"},
    )
    assert answered.status == 400


def test_missing_gateway_field_is_no_error(app: App, provider: ProviderName) -> None:
    route = "POST /plaid/webhook" if provider == "plaid" else "POST /api/snaptrade/webhook"
    for missing in ("headers", "body", "cookies", "pathParameters", "isBase64Encoded"):
        assert app.request(route, without=missing).status == 403, missing


def test_every_webhook_error_is_problem(post: Post) -> None:
    for answered in (post(b"[]"), post(b"{}", headers={}), post(b"x" * (LIMIT + 1))):
        assert answered.headers["content-type"] == "application/problem+json"
        assert json.loads(answered.text).keys() == {"type", "title", "status", "detail"}
        assert answered.json["status"] == answered.status
