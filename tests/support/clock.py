"""A clock that a test moves."""

from dataclasses import dataclass


@dataclass
class StoppedClock:
    now: int

    def advance(self, seconds: float) -> None:
        self.now += round(seconds * 1000)

    def now_ms(self) -> int:
        return self.now
