"""End process groups after their parent process has ended, even if it was killed.

The parent writes `+GROUP` (started) and `-GROUP` (ended) lines to standard input, which closes when the parent ends.
A plain pipe works on every POSIX system. The script imports no project module, so that it starts at once.
"""

import os
import signal
import sys
import time

_GRACE_S = 8


def main() -> None:
    """Collect process groups until standard input closes, then end the remaining ones."""
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
