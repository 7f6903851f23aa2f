"""API Gateway's throttling: a token bucket per route, which all callers share."""

import time
from collections.abc import Mapping

from local.gateway.specification import Throttle


class _Bucket:
    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._tokens = throttle.burst
        self._at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self._tokens = min(self._throttle.burst, self._tokens + (now - self._at) * self._throttle.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttling:
    """Which requests go through, by route key."""

    def __init__(self, throttles: Mapping[str, Throttle]) -> None:
        self._buckets = {route: _Bucket(throttle) for route, throttle in throttles.items()}

    def admits(self, route: str) -> bool:
        """Whether this one does; it is counted then."""
        bucket = self._buckets.get(route)
        return bucket is None or bucket.take()
