"""Hold a call to DynamoDB that was sent, so that its caller gives it up."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ReadTimeoutError

from tidings.aws import clients


@dataclass
class HeldCall:
    """Hold the first attempt of an operation until the process wakes. `dies`: its connection is dead by then."""

    operation: str
    dies: bool
    awake: threading.Event = field(default_factory=threading.Event)
    sent_later: list[str] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def __call__(self, request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's request
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if threading.current_thread() is self._thread:
            self.sent_later.append(operation)
        elif self._thread is None and operation == self.operation:
            self._thread = threading.current_thread()
            self.awake.wait()
            if self.dies:
                raise ReadTimeoutError(endpoint_url=request.url)

    def wake(self) -> list[str]:
        """Let the thread go on to its end, and return what it sends."""
        assert self._thread is not None
        self.awake.set()
        self._thread.join()
        return self.sent_later


@contextmanager
def hold_first(operation: str, *, dies: bool) -> Iterator[HeldCall]:
    held, events = HeldCall(operation, dies), clients.aws_client("dynamodb").meta.events
    events.register_first("before-send", held)
    try:
        yield held
    finally:
        held.awake.set()
        events.unregister("before-send", held)
