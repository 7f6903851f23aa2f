"""A call that is waited for only so long."""

import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class CallTimeout(Exception):
    """Nobody knows whether the call will still come to an end."""


def call_with_timeout(seconds: float, call: Callable[[], T]) -> T:
    """The call's result or error, or TimeLimitReached.

    The call is left alone then and may still do what it was about: it must be one that may be done again.
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
