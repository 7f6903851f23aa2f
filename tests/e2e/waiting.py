"""Waiting for what happens by itself."""

import time
from collections.abc import Callable


def wait_until(reached: Callable[[], object], what: str, timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
