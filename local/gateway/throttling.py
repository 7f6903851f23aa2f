"""Throttle requests as API Gateway does: one token bucket per route, shared by all callers."""

import time
from collections.abc import Mapping

from local.gateway.specification import Throttle


class _TokenBucket:
    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._tokens = throttle.burst
        self._refilled_at = time.monotonic()

    def try_take(self) -> bool:
        now = time.monotonic()
        self._tokens = min(self._throttle.burst, self._tokens + (now - self._refilled_at) * self._throttle.rate)
        self._refilled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class RequestThrottler:
    """Token buckets by route key."""

    def __init__(self, throttles: Mapping[str, Throttle]) -> None:
        self._buckets = {route_key: _TokenBucket(throttle) for route_key, throttle in throttles.items()}

    def admit(self, route_key: str) -> bool:
        """Take a token of the route; return False if none is left."""
        bucket = self._buckets.get(route_key)
        return bucket is None or bucket.try_take()
