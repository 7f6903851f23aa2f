"""A clock that a test moves."""

import time
from dataclasses import dataclass


@dataclass
class StoppedClock:
    now: int

    def advance(self, seconds: float) -> None:
        self.now += round(seconds * 1000)

    def round_to_minute(self) -> None:
        """Move to the nearest beginning of a minute.

        The simulators keep the real time, and a webhook from more than a minute ahead is refused.
        """
        self.now = round(self.now / 60_000) * 60_000

    def now_ms(self) -> int:
        return self.now


@dataclass
class ClockAhead:
    """The product's clock, ahead of the real one."""

    by_s: float = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + round(1000 * self.by_s)
