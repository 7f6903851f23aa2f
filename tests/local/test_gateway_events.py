"""Test the events that functions receive in payload format 2.0."""

import base64
import json
import time
from typing import Any

import httpx
import pytest


def _event(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    event: dict[str, Any] = response.json()["event"]
    return event


def test_event_headers_are_lower_case_and_joined_when_repeated(front: httpx.Client) -> None:
    headers = [("X-Twice", "a"), ("x-twice", "b"), ("Plaid-Verification", "jwt")]

    event = _event(front.get("/echo", headers=headers))

    assert event["headers"]["x-twice"] == "a,b"
    assert event["headers"]["plaid-verification"] == "jwt"
    assert all(name == name.lower() for name in event["headers"])


def test_event_cookies_are_an_array_and_no_header(front: httpx.Client) -> None:
    event = _event(front.get("/echo", headers={"cookie": "session_id=abc; theme=dark"}))

    assert event["cookies"] == ["session_id=abc", "theme=dark"]
    assert "cookie" not in event["headers"]


def test_event_query_is_given_raw_and_parsed(front: httpx.Client) -> None:
    event = _event(front.get("/echo?a=1&b=x%20y&a=2&empty="))

    assert event["rawQueryString"] == "a=1&b=x%20y&a=2&empty="
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y", "empty": ""}


def test_event_omits_absent_fields(front: httpx.Client) -> None:
    event = _event(front.get("/echo"))

    assert {"cookies", "queryStringParameters", "pathParameters", "body"}.isdisjoint(event)
    assert event["isBase64Encoded"] is False
    assert event["version"] == "2.0"


def test_event_request_context_describes_the_request(front: httpx.Client) -> None:
    before = time.time()

    context = _event(front.put("/echo", headers={"user-agent": "probe"}))["requestContext"]

    assert context["http"] == {
        "method": "PUT",
        "path": "/echo",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "probe",
    }
    assert context["stage"] == "$default"
    assert context["requestId"]
    assert before - 1 <= context["timeEpoch"] / 1000 <= time.time() + 1
    assert time.strptime(context["time"], "%d/%b/%Y:%H:%M:%S +0000")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain; charset=utf-8",
        "application/xml",
        "application/javascript",
        "application/a+json",
    ],
)
def test_event_body_is_text_for_text_types(front: httpx.Client, content_type: str) -> None:
    event = _event(front.post("/echo", content="grüß".encode(), headers={"content-type": content_type}))

    assert (event["body"], event["isBase64Encoded"]) == ("grüß", False)


@pytest.mark.parametrize("content_type", ["application/octet-stream", "application/x-www-form-urlencoded", "image/png"])
def test_event_body_is_base64_for_binary_types(front: httpx.Client, content_type: str) -> None:
    event = _event(front.post("/echo", content=b"\x00\xff", headers={"content-type": content_type}))

    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == b"\x00\xff"


@pytest.mark.parametrize(
    ("method", "path", "route_key", "parameters"),
    [
        ("GET", "/items/a%2Fb%20c", "GET /items/{item_id}", {"item_id": "a/b c"}),
        ("GET", "/items/fixed", "GET /items/fixed", None),
        ("GET", "/rest/of/the/path", "GET /rest/{proxy+}", {"proxy": "of/the/path"}),
        ("DELETE", "/echo", "ANY /echo", None),
    ],
)
def test_gateway_selects_the_most_specific_route(
    front: httpx.Client, method: str, path: str, route_key: str, parameters: dict[str, str] | None
) -> None:
    event = _event(front.request(method, path))

    assert event["routeKey"] == event["requestContext"]["routeKey"] == route_key
    assert event.get("pathParameters") == parameters


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("POST", "/items/1"), ("GET", "/items"), ("GET", "/echo/"), ("GET", "/rest/")],
)
def test_gateway_returns_404_for_an_unknown_route(front: httpx.Client, method: str, path: str) -> None:
    response = front.request(method, path)

    assert response.status_code == 404
    assert response.json() == {"message": "Not Found"}


def test_function_runs_in_its_folder_with_layer_and_lambda_environment(front: httpx.Client) -> None:
    seen = front.get("/echo").json()
    environment = seen["environment"]

    assert seen["cwd"].endswith("functions/echo")
    assert seen["layered"] == "layered"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == environment["AWS_ACCESS_KEY_ID"] == "EchoFunction"
    assert environment["GREETING"] == "hello from us-east-1"
    assert environment["SESSIONS_TABLE"] == "tidings-local-SessionsTable"
    assert environment["CREDENTIAL_KEY_ID"].startswith("arn:aws:kms:us-east-1:000000000000:key/")
    assert "HOME" not in environment
    assert 0 < seen["remaining_ms"] <= 5000


def test_function_url_sends_the_same_event_format_for_every_path(function_url: httpx.Client) -> None:
    response = function_url.post("/any/path?x=1", json={"show": "event"})
    event = response.json()

    assert (event["routeKey"], event["rawPath"], event["rawQueryString"]) == ("$default", "/any/path", "x=1")
    assert event["requestContext"]["accountId"] == "anonymous"
    assert json.loads(event["body"]) == {"show": "event"}
