"""Read the clock, in epoch milliseconds. Call it as `clock.now_ms()`, so that a test can stop it."""

import time
from datetime import UTC, date, datetime
from functools import lru_cache

DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()


def now_ms() -> int:
    """Return the current time."""
    return time.time_ns() // 1_000_000


def seconds_until(instant_ms: int, now: int) -> int:
    """Return the whole seconds until an instant, rounded up, at least 1: the value of Retry-After."""
    return max(1, -(-(instant_ms - now) // 1000))


@lru_cache(maxsize=256)  # a portfolio repeats one instant in thousands of rows
def iso(instant_ms: int | None) -> str | None:
    """Format an instant as responses contain it: `2026-02-19T14:03:07.250Z`."""
    if instant_ms is None:
        return None
    return datetime.fromtimestamp(instant_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_date(instant_ms: int) -> date:
    """Return the UTC date of an instant."""
    return date.fromordinal(_EPOCH + instant_ms // DAY_MS)
