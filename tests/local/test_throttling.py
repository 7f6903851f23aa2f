"""Throttling as the template has it: a bucket per route, and API Gateway's own words."""

import time

import httpx

from local.gateway.specification import Throttle
from local.gateway.throttling import RequestThrottler


def test_a_route_takes_its_burst_and_then_its_rate(front: httpx.Client) -> None:
    statuses = [front.get("/items/fixed").status_code for _ in range(8)]
    assert statuses[:3] == [200, 200, 200]
    assert 429 in statuses
    refused = next(answer for answer in iter(lambda: front.get("/items/fixed"), None) if answer.status_code == 429)
    assert refused.json() == {"message": "Too Many Requests"}
    time.sleep(0.6)
    assert front.get("/items/fixed").status_code == 200


def test_other_routes_are_not_touched(front: httpx.Client) -> None:
    for _ in range(6):
        front.get("/items/fixed")
    assert {front.get("/items/another").status_code for _ in range(20)} == {200}


def test_a_route_without_a_limit_has_none() -> None:
    throttling = RequestThrottler({"GET /a": Throttle(0.001, 1)})
    assert [throttling.admit("GET /a") for _ in range(3)] == [True, False, False]
    assert all(throttling.admit("GET /b") for _ in range(1000))


def test_settings_without_numbers_limit_nothing() -> None:
    assert Throttle.parse({}) is None
    assert Throttle.parse({"ThrottlingRateLimit": "200", "ThrottlingBurstLimit": 400}) == Throttle(200, 400)
