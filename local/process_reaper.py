"""Ends process groups when the process that started them is gone, even if that was killed.

It reads `+GROUP` (started) and `-GROUP` (ended) lines from its standard input, which ends with the process that holds
the other side, however that ended. A plain pipe, because it works on every POSIX system; a script without imports of
ours, because it must start in an instant.
"""

import os
import signal
import sys
import time

_GRACE_S = 8


def main() -> None:
    """Collect groups until the input ends, then end what is left of them."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: dict[int, None] = {}
    for line in sys.stdin:
        if line.startswith("+"):
            groups[int(line[1:])] = None
        else:
            groups.pop(int(line[1:]), None)
    left = [group for group in reversed(groups) if _signal(group, signal.SIGTERM)]
    deadline = time.monotonic() + _GRACE_S
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [group for group in left if _signal(group, 0)]
    for group in left:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


main()
