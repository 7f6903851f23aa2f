"""Pool urllib3 connections whose responses end at a deadline.

urllib3's read time-out applies per system call: a server that sends a byte every few seconds would never time out.
Here each read of a response, headers included, waits at most until the deadline.
"""

import http.client
import io
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from typing import Any, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

deadline: ContextVar[float] = ContextVar("deadline")
"""In `time.monotonic()` seconds; set for the time of each request."""

_IDLE_LIMIT_S = 20.0

# They log whole URLs, whose queries contain secrets: one at debug level, the other for a malformed header.
for _name in ("urllib3.connectionpool", "urllib3.connection"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def remaining_s() -> float:
    """Return the seconds until the deadline. Raises TimeoutError if it has passed."""
    remaining = deadline.get() - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


class _DeadlineReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw
        self._readinto = cast("Callable[[object], int | None]", raw.readinto)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int | None:
        self._sock.settimeout(remaining_s())
        return self._readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(sock, self.fp.detach()))


class _PlainConnection(HTTPConnection):
    response_class = _DeadlineResponse


class _TlsConnection(HTTPSConnection):
    response_class = _DeadlineResponse


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class Pools:
    """Connections kept open. Idle ones are dropped: when Lambda thaws a process, they are dead."""

    def __init__(self) -> None:
        self._manager = urllib3.PoolManager(num_pools=4, maxsize=16)
        self._manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        self._used_at = time.monotonic()
        self._lock = threading.Lock()

    def pool_manager(self) -> urllib3.PoolManager:
        """Return the pool manager, without connections that were idle for too long."""
        with self._lock:
            now = time.monotonic()
            if now - self._used_at > _IDLE_LIMIT_S:
                self._manager.clear()
            self._used_at = now
        return self._manager


@cache
def pools() -> Pools:
    """Return the process's connection pools."""
    return Pools()
