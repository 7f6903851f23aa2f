"""Hold a provider's responses until the test releases them. The simulators run in the test's process."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

from local.simulators import responses
from tests.support.fakes.providers import Providers

_POLL_S = 0.005


@contextmanager
def hold_responses(providers: Providers, provider: str, path: str) -> Iterator[Callable[[], None]]:
    """Hold every response below the path; yield the function that releases them. They are also released at the end."""
    released = threading.Event()

    async def hold(_delay_s: float) -> None:
        while not released.is_set():
            await asyncio.sleep(_POLL_S)

    order = providers.plaid if provider == "plaid" else providers.snaptrade
    order("faults", path=path, kind="delay", delay_s=1)
    with mock.patch.object(responses, "asyncio", mock.Mock(sleep=hold)):
        try:
            yield released.set
        finally:
            released.set()
