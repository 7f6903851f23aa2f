"""The calls that all users' refreshes together may make to a provider, so that none burns the deployment's quota.

When the budget's table does not answer, the refresh goes on: a budget protects money and the provider's goodwill, not
the data, and behind it the provider's own limit still stands.
"""

import random
import threading
from dataclasses import dataclass, field

from tidings import clock
from tidings.errors import RateLimitExceeded, StoreUnavailable
from tidings.model import ProviderName
from tidings.observability import emit_count, log_warning
from tidings.store import rate_counters

_SHARE_PERCENT = 80
"""Of the provider's limit: linking, and minutes that begin elsewhere, need some too."""

_MINUTE_MS = 60_000
_JITTER_S = 5


@dataclass(slots=True, repr=False, eq=False)
class RateLimiter:
    """One refresh's calls to one provider, counted before they are made. BudgetSpent when the minute has none left.

    `window`: a budget beside the provider's own, for calls that it limits apart. `share_percent`: of the provider's
    limit, the part beyond which this one makes no more calls.
    """

    provider: ProviderName
    calls_per_minute: int
    window: str = ""
    share_percent: int = _SHARE_PERCENT
    _minute: int = -1
    _held: int = 0
    _broken: bool = False
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def limit(self) -> int:
        return self.calls_per_minute * self.share_percent // 100

    def reserve(self, calls: int) -> None:
        """Count the calls expected all at once; what a refresh needs beyond a whole minute's is counted as it goes."""
        with self._counting:
            self._hold(min(calls, self.limit))

    def __call__(self, calls: int) -> None:
        """Calls that are about to be made, reserved or not."""
        with self._counting:
            self._hold(calls)
            self._held -= calls

    def _hold(self, calls: int) -> None:
        now = clock.now_ms()
        if now // _MINUTE_MS != self._minute:
            self._minute, self._held = now // _MINUTE_MS, 0  # what was reserved before can't be spent now
        missing = calls - self._held
        if missing <= 0:
            return
        if not self._spend(missing):
            emit_count("BudgetSpent", provider=self.provider)
            raise RateLimitExceeded(retry_after_s=_seconds_to_next_minute(now))
        self._held = calls

    def _spend(self, calls: int) -> bool:
        if self._broken:
            return True
        try:
            return rate_counters.count_calls(self.window or self.provider, self._minute, calls, self.limit)
        except StoreUnavailable as error:
            self._broken = True
            log_warning("budget unavailable", aws_error=getattr(error.__cause__, "cause_response_code", None))
            emit_count("BudgetUnavailable", provider=self.provider)
            return True


def _seconds_to_next_minute(now: int) -> int:
    """A few more for some, so that not all who wait come back in its first second."""
    return -(-(_MINUTE_MS - now % _MINUTE_MS) // 1000) + random.randint(0, _JITTER_S)
