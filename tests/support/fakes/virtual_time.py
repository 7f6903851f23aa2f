"""A clock for time limits that only calls move: a call that hangs takes as long as its caller lets it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest import mock

import botocore.endpoint
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.retries.quota import RetryQuota

from tests.support.fakes.product_modules import replace_in_product
from tidings import concurrency
from tidings.aws import clients
from tidings.http import connection_pool
from tidings.webhooks import receive

T = TypeVar("T")
SERVICES = ("dynamodb", "kms", "secretsmanager", "sqs")
_genuine_pools = connection_pool.pools

HangsAt = Callable[[int, str], bool]
"""Whether the call with this number hangs. The text is its URL and body, or `provider`."""


@dataclass
class VirtualTime:
    """`calls`: the attempts so far, at AWS and at the providers."""

    hangs_at: HangsAt = lambda _number, _text: False
    now_s: float = field(default_factory=time.monotonic)
    calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def send(self, request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's request
        """Let an attempt at AWS hang: first in connecting, then in reading."""
        read_s = request.context.get("read_timeout", 5)
        if self._hangs(f"{request.url} {request.body!r}", clients.CONNECT_TIMEOUT_S + read_s):
            raise ReadTimeoutError(endpoint_url=request.url)

    def request(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - urllib3's
        """Let a call to a provider hang until its deadline."""
        if self._hangs("provider", connection_pool.remaining_s()):
            raise TimeoutError
        return _genuine_pools().pool_manager().request(*arguments, **named)

    def call_with_timeout(self, seconds: float, call: Callable[[], T]) -> T:
        """Wait for the call no longer than that."""
        give_up_at = self.now_s + seconds
        try:
            return concurrency.call_with_timeout(seconds, call)
        finally:
            self.now_s = min(self.now_s, give_up_at)

    def _hangs(self, text: str, longest_s: float) -> bool:
        with self._lock:
            number, self.calls = self.calls, self.calls + 1
            if not self.hangs_at(number, text):
                return False
            if concurrency.remaining_s() > 0:  # else another thread hung at the same time
                self.now_s += longest_s
            return True


@contextmanager
def virtual_time(hangs_at: HangsAt = lambda _number, _text: False) -> Iterator[VirtualTime]:
    """Give the product, and botocore's pauses, the virtual time."""
    virtual = VirtualTime(hangs_at)
    fake = SimpleNamespace(monotonic=virtual.monotonic, sleep=virtual.sleep, time=time.time)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        replace_in_product(patch, time, monotonic=virtual.monotonic, sleep=virtual.sleep)
        stack.enter_context(mock.patch.object(botocore.endpoint, "time", fake))
        stack.enter_context(mock.patch.object(receive, "call_with_timeout", virtual.call_with_timeout))
        # The SDK stops retrying after many failures in one process, which here stands for many.
        stack.enter_context(mock.patch.object(RetryQuota, "acquire", return_value=True))
        pools = SimpleNamespace(pool_manager=lambda: virtual)
        stack.enter_context(mock.patch.object(connection_pool, "pools", return_value=pools))
        for service in SERVICES:
            events = clients.aws_client(service).meta.events
            events.register_first("before-send", virtual.send)
            stack.callback(events.unregister, "before-send", virtual.send)
        yield virtual
