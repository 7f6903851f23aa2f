"""Test the responses that clients receive: payload format 2.0, CORS, errors, limits and environments."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from local.cloud import LocalCloud
from tests.support.drivers.waiting import wait_until

INTERNAL_ERROR = {"message": "Internal Server Error"}
MIB = 1024 * 1024


def _behave(client: httpx.Client, **wish: object) -> httpx.Response:
    return client.post("/behave", json=wish)


def test_response_without_status_is_inferred_as_200(front: httpx.Client, function_url: httpx.Client) -> None:
    for client in (front, function_url):
        response = _behave(client, result={"some": ["json"]})

        assert (response.status_code, response.json()) == (200, {"some": ["json"]})
        assert response.headers["content-type"] == "application/json"


def test_response_passes_on_status_headers_and_cookies(front: httpx.Client) -> None:
    result = {
        "statusCode": 201,
        "headers": {"X-Number": 7, "ETag": '"1"'},
        "cookies": ["a=1; HttpOnly", "b=2"],
        "body": "created",
    }

    response = _behave(front, result=result)

    assert (response.status_code, response.text) == (201, "created")
    assert (response.headers["x-number"], response.headers["etag"]) == ("7", '"1"')
    assert response.headers.get_list("set-cookie") == ["a=1; HttpOnly", "b=2"]


def test_base64_response_is_decoded(front: httpx.Client) -> None:
    body = base64.b64encode(b"\x1f\x8b\x00").decode()

    response = _behave(front, result={"statusCode": 200, "isBase64Encoded": True, "body": body})

    assert response.content == b"\x1f\x8b\x00"


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "not a number"},
        {"statusCode": 200, "body": {"an": "object"}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "isBase64Encoded": True, "body": "***"},
    ],
)
def test_gateway_returns_internal_error_for_a_malformed_response(
    front: httpx.Client, function_url: httpx.Client, result: dict[str, Any]
) -> None:
    assert _behave(front, result=result).json() == INTERNAL_ERROR
    assert _behave(function_url, result=result).status_code == 502


@pytest.mark.parametrize("wish", [{"raise": "secret detail"}, {"exit": 3}, {"size": 7 * MIB}])
def test_gateway_recovers_after_a_function_fails(
    front: httpx.Client, function_url: httpx.Client, wish: dict[str, Any]
) -> None:
    failed, failed_by_url = _behave(front, **wish), _behave(function_url, **wish)

    assert (failed.status_code, failed.json()) == (500, INTERNAL_ERROR)
    assert (failed_by_url.status_code, failed_by_url.text) == (502, "Internal Server Error")
    assert _behave(front).status_code == _behave(function_url).status_code == 200


def test_function_is_killed_after_its_timeout(front: httpx.Client, cloud: LocalCloud) -> None:
    survivor = _behave(front).text

    response = _behave(front, sleep_s=60)

    assert (response.status_code, response.json()) == (500, INTERNAL_ERROR)
    assert "Task timed out after 2.00 seconds" in cloud.log("BehaveFunction")
    assert _behave(front).text != survivor


def test_gateway_returns_503_after_the_integration_timeout(front: httpx.Client) -> None:
    response = front.post("/impatient", json={"sleep_s": 1})

    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})


def test_gateway_returns_internal_error_when_a_function_cannot_be_imported(
    front: httpx.Client, cloud: LocalCloud
) -> None:
    assert front.get("/broken").json() == INTERNAL_ERROR
    assert "Handler 'absent' missing on module 'handler'" in cloud.log("BrokenFunction")


def test_function_output_is_in_its_log(front: httpx.Client, cloud: LocalCloud) -> None:
    _behave(front, print="a line of its own")

    assert "a line of its own" in cloud.log("BehaveFunction")


def _too_large(size: int) -> Iterator[bytes]:
    for _ in range(size // MIB):
        yield b"x" * MIB


def test_gateway_returns_413_over_the_body_limit(front: httpx.Client, function_url: httpx.Client) -> None:
    text = {"content-type": "text/plain"}

    assert front.post("/echo", content=b"x" * (10 * MIB + 1), headers=text).status_code == 413
    assert front.post("/echo", content=_too_large(11 * MIB), headers=text).status_code == 413
    assert front.post("/echo", content=b"x" * (7 * MIB), headers=text).json() == INTERNAL_ERROR
    assert function_url.post("/", content=b"x" * (6 * MIB + 1), headers=text).status_code == 413


def test_environments_are_reused_and_run_concurrently(front: httpx.Client) -> None:
    # An environment of an earlier test may just be ending.
    wait_until(lambda: len({_behave(front).text for _ in range(5)}) == 1, "no environment was reused")

    with ThreadPoolExecutor(8) as pool:
        at_once = set(pool.map(lambda _: _behave(front, sleep_s=0.2).text, range(8)))

    assert len(at_once) == 3  # the concurrency of the fixture


class TestCors:
    @pytest.fixture
    def allowed(self, cloud: LocalCloud) -> str:
        return cloud.front

    def test_gateway_answers_preflight_requests(self, front: httpx.Client, allowed: str) -> None:
        headers = {"origin": allowed, "access-control-request-method": "POST"}

        response = front.options("/behave", headers=headers)

        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["access-control-allow-origin"] == allowed
        assert response.headers["access-control-allow-credentials"] == "true"
        assert response.headers["access-control-allow-methods"] == "GET,POST,DELETE"
        assert response.headers["access-control-allow-headers"] == "content-type,authorization,if-none-match"
        assert response.headers["access-control-max-age"] == "600"

    def test_foreign_origin_gets_no_cors_headers(self, front: httpx.Client) -> None:
        headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}

        for response in (front.options("/behave", headers=headers), front.get("/echo", headers=headers)):
            assert not [name for name in response.headers if name.startswith("access-control-")]

    def test_cors_headers_of_the_function_are_replaced(self, front: httpx.Client, allowed: str) -> None:
        own = {"Access-Control-Allow-Origin": "*", "access-control-allow-methods": "PATCH"}
        wish = {"result": {"statusCode": 200, "headers": own, "body": ""}}

        response = front.post("/behave", json=wish, headers={"origin": allowed})

        assert response.headers["access-control-allow-origin"] == allowed
        assert response.headers["access-control-allow-credentials"] == "true"
        assert response.headers["access-control-expose-headers"] == "retry-after,etag,date"
        assert "access-control-allow-methods" not in response.headers

    def test_404_carries_cors_headers(self, front: httpx.Client, allowed: str) -> None:
        response = front.get("/nowhere", headers={"origin": allowed})

        assert response.headers["access-control-allow-origin"] == allowed
