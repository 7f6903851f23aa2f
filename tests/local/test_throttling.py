"""Test throttling: one bucket per route, and API Gateway's error message."""

import time

import httpx

from local.gateway.specification import Throttle
from local.gateway.throttling import RequestThrottler


def test_gateway_returns_429_when_a_route_exceeds_its_burst(front: httpx.Client) -> None:
    statuses = [front.get("/items/fixed").status_code for _ in range(8)]
    assert statuses[:3] == [200, 200, 200]
    assert 429 in statuses
    throttled = next(
        response for response in iter(lambda: front.get("/items/fixed"), None) if response.status_code == 429
    )
    assert throttled.json() == {"message": "Too Many Requests"}
    time.sleep(0.6)
    assert front.get("/items/fixed").status_code == 200


def test_throttled_route_leaves_other_routes_alone(front: httpx.Client) -> None:
    for _ in range(6):
        front.get("/items/fixed")
    assert {front.get("/items/another").status_code for _ in range(20)} == {200}


def test_throttler_admits_everything_on_a_route_without_limit() -> None:
    throttler = RequestThrottler({"GET /a": Throttle(0.001, 1)})
    assert [throttler.admit("GET /a") for _ in range(3)] == [True, False, False]
    assert all(throttler.admit("GET /b") for _ in range(1000))


def test_throttle_settings_without_numbers_set_no_limit() -> None:
    assert Throttle.parse({}) is None
    assert Throttle.parse({"ThrottlingRateLimit": "200", "ThrottlingBurstLimit": 400}) == Throttle(200, 400)
