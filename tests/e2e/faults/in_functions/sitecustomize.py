"""Set a wrong clock if configured, and write the process id, in every function process of the faulty cloud.

A process takes the smallest free number of its function and holds a lock on `<function>.<number>`, which has its pid.
"""

import fcntl
import itertools
import json
import os
import time
from pathlib import Path

_FOLDER = Path(os.environ["FAULTY_CLOUD"])
_time, _time_ns = time.time, time.time_ns


def _take_number() -> int:
    function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "none")
    for number in itertools.count():
        descriptor = os.open(_FOLDER / f"{function}.{number}", os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        return number
    raise AssertionError


def _ahead_s() -> float:
    try:
        ahead: list[float] = json.loads((_FOLDER / "clocks").read_text("ascii"))
    except FileNotFoundError:
        return 0.0
    return ahead[_NUMBER % len(ahead)]


_NUMBER = _take_number()
time.time = lambda: _time() + _ahead_s()
time.time_ns = lambda: _time_ns() + int(_ahead_s() * 1e9)
