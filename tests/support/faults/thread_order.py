"""Know which store calls have ended before another begins, in every run and however the threads are scheduled.

A thread knows the calls that it made, those that ended before it was started or was given its work, and those known to
a thread or a future that it waited for. A call that another thread happens to have ended is not known.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


def known_calls() -> frozenset[int]:
    """Return the numbers of the calls that the current thread knows to have ended."""
    return frozenset(_known_by(threading.current_thread()))


def learn(calls: Iterable[int]) -> None:
    _known_by(threading.current_thread()).update(calls)


def follow_threads() -> None:
    """Make this process's threads and futures pass on what is known. There is no way back."""
    _follow_threads(threading.Thread)
    _follow_futures(ThreadPoolExecutor, Future)


def _known_by(thread_or_future: object) -> set[int]:
    known: set[int] = vars(thread_or_future).setdefault("known_calls", set())
    return known


def _follow_threads(thread_class: Any) -> None:  # noqa: ANN401 - its methods are replaced
    start, join = thread_class.start, thread_class.join

    def started(thread: threading.Thread) -> None:
        _known_by(thread).update(known_calls())
        start(thread)

    def joined(thread: threading.Thread, timeout: float | None = None) -> None:
        join(thread, timeout)
        if not thread.is_alive():
            learn(_known_by(thread))

    thread_class.start, thread_class.join = started, joined


def _follow_futures(pool_class: Any, future_class: Any) -> None:  # noqa: ANN401 - their methods are replaced
    submit, result = pool_class.submit, future_class.result

    def submitted(pool: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:  # noqa: ANN401
        before, after = known_calls(), set[int]()

        def run() -> Any:  # noqa: ANN401
            learn(before)
            try:
                return work(*args, **named)
            finally:
                after.update(known_calls())

        future = submit(pool, run)
        vars(future)["known_calls"] = after
        return future

    def resulted(future: "Future[Any]", timeout: float | None = None) -> Any:  # noqa: ANN401
        try:
            return result(future, timeout)
        finally:
            if future.done():
                learn(_known_by(future))

    pool_class.submit, future_class.result = submitted, resulted
