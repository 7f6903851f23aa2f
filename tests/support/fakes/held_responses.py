"""A provider's answer that is ready and waits for the test to let it go. The simulators run in the test's process."""

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
    """Hold every answer below the path from now on; yields what releases them. At the end they are released too."""
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
