"""Run blocking calls concurrently, and limit their time. A thread has the limit of the work that started it.

`concurrent.futures` is imported when it is first needed: a webhook function starts faster without it.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TypeVar

T = TypeVar("T")
S = TypeVar("S")
_MAX_THREADS = 8


class CallTimeout(Exception):
    """The call did not end in time. Whether it takes effect later is unknown."""


class _TimeLimit:
    """The end of some work, and of the work that it is part of. `has_ended`: the work is over, in time or not."""

    __slots__ = ("_ends_at", "_outer", "has_ended")

    def __init__(self, seconds: float, outer: "_TimeLimit | None") -> None:
        self._ends_at = time.monotonic() + seconds
        self._outer = outer
        self.has_ended = False

    def remaining_s(self) -> float:
        outer = self._outer.remaining_s() if self._outer else math.inf
        return 0.0 if self.has_ended else max(0.0, min(outer, self._ends_at - time.monotonic()))


_time_limit: ContextVar[_TimeLimit | None] = ContextVar("time_limit", default=None)


@contextmanager
def limit_time(seconds: float) -> Iterator[None]:
    """Limit the time of the block, and of all threads that it starts. An outer limit that ends earlier stays in force.

    Once the block is left, no time is left for its threads. The clock alone cannot say so: it may stand still while
    Lambda freezes the process between two invocations.
    """
    limit = _TimeLimit(seconds, _time_limit.get())
    token = _time_limit.set(limit)
    try:
        yield
    finally:
        limit.has_ended = True
        _time_limit.reset(token)


def remaining_s() -> float:
    """Return the seconds that the current work may still take: infinite without a limit, 0 once it is over."""
    limit = _time_limit.get()
    return math.inf if limit is None else limit.remaining_s()


def in_context(call: Callable[[], T]) -> Callable[[], T]:
    """Return the call for another thread: there it has the time limit and the log context of the current work."""
    context = copy_context()
    return lambda: context.run(call)


def run_concurrently(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Run the calls in threads and return their results in order, once all have ended. Raises the first error."""
    if len(calls) < 2:
        return [call() for call in calls]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_MAX_THREADS) as pool:
        return list(pool.map(lambda call: call(), [in_context(call) for call in calls]))


def run_in_background(background: Callable[[], T], foreground: Callable[[], S]) -> tuple[T, S]:
    """Run one call in a thread and the other in this thread. Returns both results; raises the first error."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(in_context(background))
        result = foreground()
        return running.result(), result


def call_with_timeout(seconds: float, call: Callable[[], T]) -> T:
    """Return the call's result or raise its error. Raises CallTimeout if it takes longer than `seconds`.

    A call that timed out goes on in its thread, with no time left. What it has sent may still take effect, so the call
    must be safe to repeat.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - the waiting thread raises it
            errors.append(error)

    with limit_time(seconds):
        thread = threading.Thread(target=in_context(run), daemon=True)
        thread.start()
        thread.join(remaining_s())
    if errors:
        raise errors[0]
    if not results:
        raise CallTimeout
    return results[0]
