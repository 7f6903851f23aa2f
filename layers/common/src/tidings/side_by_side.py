"""Running calls that wait, together."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def run_concurrently(calls: Sequence[Callable[[], T]], at_once: int = 8) -> list[T]:
    """Their results in order, when all have ended; the first error of them."""
    if len(calls) < 2:
        return [call() for call in calls]
    with ThreadPoolExecutor(min(at_once, len(calls))) as pool:
        return list(pool.map(lambda call: call(), calls))
