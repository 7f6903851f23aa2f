"""A clock that a test moves."""

import time
from dataclasses import dataclass


@dataclass
class StoppedClock:
    now: int

    def advance(self, seconds: float) -> None:
        self.now += round(seconds * 1000)

    def now_ms(self) -> int:
        return self.now


@dataclass
class ClockAhead:
    """The product's clock, ahead of the real one."""

    by_s: float = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + round(1000 * self.by_s)
