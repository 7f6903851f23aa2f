"""Invalid input to a front-end route gets a 4xx response and changes nothing."""

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App
from tests.support.drivers.routes import BODIES, ROUTES, sent

NOT_OBJECTS = {
    "not JSON": b"hello",
    "truncated": b'{"all": tru',
    "array": b"[]",
    "string": b'"text"',
    "number": b"1",
    "null": b"null",
    "invalid UTF-8": b'{"public_token": "\xff\xfe"}',
    "deeply nested": b'{"all":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "UTF-16": '{"all": true}'.encode("utf-16"),
    "a number of 5,000 digits": b'{"all": ' + b"9" * 5_000 + b"}",
}
FIELDS = ["all", "providers", "public_token", "link_token", "reconnect", "broker", "redirect_uri"]
WRONG_VALUES = {
    "number": 1,
    "text": "x",
    "list": [1],
    "object": {"a": 1},
    "half a surrogate": "\ud800",
    "NUL": "\0",
    "line break": "a\r\nb",
    "long": "x" * 5_000,
    "not ASCII": "ключ",
    "path": "../../item/remove",
}


@pytest.mark.parametrize("body", NOT_OBJECTS.values(), ids=NOT_OBJECTS)
def test_non_object_body_is_400(app: App, cookie: str, tables: Tables, body: bytes) -> None:
    before = tables.contents()
    for route in BODIES:
        answered = app.request(route, cookie, raw=body, base64_encoded=True)
        assert (answered.status, answered.json["type"]) == (400, "urn:tidings:problem:bad-request"), route
    assert tables.contents() == before
    assert app.providers.calls("plaid") + app.providers.calls("snaptrade") == []


@pytest.mark.parametrize("value", WRONG_VALUES.values(), ids=WRONG_VALUES)
def test_fields_of_wrong_types_are_4xx(app: App, cookie: str, tables: Tables, value: object) -> None:
    before = tables.contents()
    for route in BODIES:
        answered = app.request(route, cookie, body=dict.fromkeys(FIELDS, value))
        assert 400 <= answered.status < 500, route
        assert answered.headers["content-type"] == "application/problem+json"
    assert tables.contents() == before


@pytest.mark.parametrize("field", FIELDS)
def test_wrong_value_of_one_field_is_never_5xx(app: App, cookie: str, field: str) -> None:
    for route in BODIES:
        for name, value in WRONG_VALUES.items():
            assert app.request(route, cookie, body={field: value}).status < 500, f"{name} to {route}"


def test_body_over_64_kib_is_413(app: App, cookie: str, tables: Tables) -> None:
    before = tables.contents()
    body = b'{"a":"' + b"x" * (64 * 1024) + b'"}'
    for route in BODIES:
        assert app.request(route, cookie, raw=body).status == 413, route
    assert tables.contents() == before


@pytest.mark.parametrize("missing", ["headers", "cookies", "body", "pathParameters", "isBase64Encoded"])
def test_missing_gateway_field_is_never_5xx(app: App, cookie: str, missing: str) -> None:
    for route in ROUTES:
        if missing != "pathParameters" or "{" not in route:
            assert app.request(route, cookie, without=missing, **sent(route)).status < 500, route


def test_invalid_base64_body_is_400(app: App, cookie: str) -> None:
    for route in ROUTES:
        answered = app.request(route, cookie, changed={"isBase64Encoded": True, "body": "%%%"}, **sent(route))
        assert answered.status == 400, route


@pytest.mark.parametrize("value", ["", "*", "a" * 5000, "../..", "%00", "ключ", "\0", "a#b"])
def test_unknown_identifier_in_path_is_204(app: App, cookie: str, tables: Tables, value: str) -> None:
    before = tables.contents()
    for route in ROUTES:
        if "{" in route:
            parameters = {"item_id": value, "connection_id": value}
            assert app.request(route, cookie, parameters=parameters).status == 204
    assert tables.contents() == before


def test_header_name_is_case_insensitive(app: App, cookie: str) -> None:
    etag = app.request("GET /pending-updates", cookie).headers["etag"]
    again = app.request("GET /pending-updates", cookie, headers={"IF-NONE-MATCH": etag})
    assert again.status == 304


def test_duplicate_json_key_uses_last_value(app: App, cookie: str) -> None:
    answered = app.request("POST /holdings/refresh", cookie, raw=b'{"all": "no", "all": true}')
    assert answered.status == 200


def test_empty_refresh_body_is_accepted(app: App, cookie: str) -> None:
    for body in (b"", b"  ", b"{}"):
        assert app.request("POST /holdings/refresh", cookie, raw=body).status == 200
