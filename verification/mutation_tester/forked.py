"""Run code in a fork of this process and receive its result."""

import os
import signal
import traceback
from collections.abc import Callable
from multiprocessing import Pipe
from typing import NoReturn, TypeVar

R = TypeVar("R")


class TimedOut(Exception):
    """The fork did not end in time, and was killed."""


def run_in_fork(work: Callable[[], R], limit_s: float | None = None) -> R:
    """Return what `work` returns. Raises TimedOut, or RuntimeError if the fork failed."""
    read_end, write_end = Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        _work(work, write_end.send)
    write_end.close()
    try:
        if not read_end.poll(limit_s):
            os.killpg(child, signal.SIGKILL)
            raise TimedOut
        succeeded, result = read_end.recv()
    except EOFError:
        raise RuntimeError("the process ended without a result") from None
    finally:
        read_end.close()
        os.waitpid(child, 0)
    if not succeeded:
        raise RuntimeError(result)
    return result  # type: ignore[no-any-return]


def _work(work: Callable[[], object], send: Callable[[tuple[bool, object]], None]) -> NoReturn:
    os.setpgid(0, 0)
    try:
        send((True, work()))
    except BaseException:  # noqa: BLE001 - the other process raises it
        send((False, traceback.format_exc()))
    finally:
        os._exit(0)
