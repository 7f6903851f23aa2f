"""Test throttling: one bucket per route, and API Gateway's error message."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from local.gateway.specification import Throttle
from local.gateway.throttling import RequestThrottler
from tests.support.drivers.waiting import wait_until

_AT_ONCE = 50


def test_gateway_returns_429_when_a_route_exceeds_its_burst(front: httpx.Client) -> None:
    """Two requests a second refill the burst of three, so that the requests come at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        responses = list(pool.map(lambda _: front.get("/items/fixed"), range(_AT_ONCE)))
    statuses = [response.status_code for response in responses]
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= 3
    throttled = [response for response in responses if response.status_code == 429]
    assert throttled[0].json() == {"message": "Too Many Requests"}
    wait_until(lambda: front.get("/items/fixed").status_code == 200, "the bucket was not refilled")


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
