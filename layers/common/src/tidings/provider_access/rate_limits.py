"""Limit calls to a provider over all users, and changes of connections and tickets per user.

If the counter table does not answer, calls go on. The limits protect money and the provider's goodwill, not the data,
and the provider's own limit still applies.
"""

import random
import threading
from dataclasses import dataclass, field

from tidings import clock
from tidings.concurrency import limit_time
from tidings.errors import RateLimitExceeded, StoreUnavailable, TooManyRequests
from tidings.model import ProviderName, User
from tidings.observability import emit_count, log_warning
from tidings.store import rate_counters

CHANGES_PER_MINUTE = 30
LIVE_TICKETS_PER_MINUTE = 12
_SHARE_PERCENT = 80
"""Of the provider's limit. The rest is for linking, and for minutes that the provider counts differently."""

_MINUTE_MS = 60_000
_JITTER_S = 5
_PATIENCE_S = 2.0
"""How long a request waits for a counter, without which it goes on."""


@dataclass(slots=True, repr=False, eq=False)
class RateLimiter:
    """Count one refresh's calls to one provider before they are made.

    `counter`: the name of a counter beside the provider's own, for calls that it limits separately. `share_percent`:
    the part of the provider's limit that this caller may use.
    """

    provider: ProviderName
    calls_per_minute: int
    counter: str = ""
    share_percent: int = _SHARE_PERCENT
    _minute: int = -1
    _reserved: int = 0
    _is_broken: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def limit(self) -> int:
        """Return the calls per minute that this caller may count."""
        return self.calls_per_minute * self.share_percent // 100

    def reserve(self, calls: int) -> None:
        """Count the expected calls at once, at most one minute's. Raises RateLimitExceeded if they do not fit."""
        with self._lock:
            self._ensure_reserved(min(calls, self.limit))

    def __call__(self, calls: int) -> None:
        """Use up reserved calls and count those that were not reserved. Raises RateLimitExceeded if they do not fit."""
        with self._lock:
            self._ensure_reserved(calls)
            self._reserved -= calls

    def _ensure_reserved(self, calls: int) -> None:
        now = clock.now_ms()
        if now // _MINUTE_MS != self._minute:
            self._minute, self._reserved = now // _MINUTE_MS, 0  # a reservation ends with its minute
        missing = calls - self._reserved
        if missing <= 0:
            return
        if not self._count(missing):
            emit_count("BudgetSpent", provider=self.provider)
            raise RateLimitExceeded(retry_after_s=_seconds_to_next_minute(now) + random.randint(0, _JITTER_S))
        self._reserved = calls

    def _count(self, calls: int) -> bool:
        if self._is_broken:
            return True
        try:
            with limit_time(_PATIENCE_S):
                return rate_counters.count_calls(self.counter or self.provider, self._minute, calls, self.limit)
        except StoreUnavailable as error:
            self._is_broken = True
            log_warning("rate counter unavailable", aws_error=getattr(error.__cause__, "cause_response_code", None))
            emit_count("BudgetUnavailable", provider=self.provider)
            return True


def limit_connection_changes(user: User) -> None:
    """Count one change of the user's connections. Raises TooManyRequests if the minute's limit is reached.

    For requests that call a provider or write, and have no cooldown. The gateway throttles all users together.
    """
    _limit_requests(f"user#{user.user_id}", CHANGES_PER_MINUTE)


def limit_live_tickets(user: User) -> None:
    """Count one ticket for live updates. Raises TooManyRequests if the minute's limit is reached."""
    # The erasure of a user finds every counter that begins like this.
    _limit_requests(f"user#{user.user_id}#live", LIVE_TICKETS_PER_MINUTE)


def _limit_requests(counter: str, limit: int) -> None:
    now = clock.now_ms()
    try:
        with limit_time(_PATIENCE_S):
            within_limit = rate_counters.count_calls(counter, now // _MINUTE_MS, 1, limit)
    except StoreUnavailable as error:
        log_warning("limit unavailable", aws_error=getattr(error.__cause__, "cause_response_code", None))
        emit_count("LimitUnavailable")
        return
    if not within_limit:
        raise TooManyRequests(retry_after_s=_seconds_to_next_minute(now))


def _seconds_to_next_minute(now: int) -> int:
    return clock.seconds_until(now - now % _MINUTE_MS + _MINUTE_MS, now)
