"""Wait for asynchronous results, with a timeout that only a hang reaches."""

import time
from collections.abc import Callable

PATIENCE_S = 120.0


def wait_until(reached: Callable[[], object], what: str = "it did not happen") -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
