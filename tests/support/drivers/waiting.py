"""Wait for asynchronous results, with a timeout that only a hang reaches."""

import time
from collections.abc import Callable

PATIENCE_S = 120.0
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.2
"""A long wait looks less often, since looking costs both sides a request."""


def wait_until(reached: Callable[[], object], what: str = "it did not happen") -> None:
    deadline, pause_s = time.monotonic() + PATIENCE_S, _FIRST_PAUSE_S
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.2, _LONGEST_PAUSE_S)
