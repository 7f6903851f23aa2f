"""Run blocking calls concurrently, or with a time limit.

`concurrent.futures` is imported when it is first needed: a webhook function starts faster without it.
"""

import contextvars
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
S = TypeVar("S")


class CallTimeout(Exception):
    """The call did not end in time. Whether it takes effect later is unknown."""


def run_concurrently(calls: Sequence[Callable[[], T]], max_workers: int = 8) -> list[T]:
    """Run the calls in threads and return their results in order, once all have ended. Raises the first error."""
    if len(calls) < 2:
        return [call() for call in calls]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(max_workers, len(calls))) as pool:
        return list(pool.map(lambda call: call(), calls))


def run_in_background(background: Callable[[], T], foreground: Callable[[], S]) -> tuple[T, S]:
    """Run one call in a thread and the other in this thread. Returns both results; raises the first error."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(background)
        result = foreground()
        return running.result(), result


def call_with_timeout(seconds: float, call: Callable[[], T]) -> T:
    """Return the call's result or raise its error. Raises CallTimeout if it takes longer than `seconds`.

    A call that timed out goes on in its thread and may still take effect, so it must be safe to repeat.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - the waiting thread raises it
            errors.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise CallTimeout
    return results[0]
