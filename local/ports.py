"""Ports of the local cloud: all on loopback."""

import random
import socket
from contextlib import closing

from local.errors import LocalCloudError

# Below the range that operating systems take for outgoing connections, so that nobody else is given a chosen port.
_FREE_RANGE = range(20_000, 32_000)


def loopback_socket(port: int) -> socket.socket:
    """Bind a TCP port on 127.0.0.1 (0: any); raises OSError when it is taken.

    The protocol is named because asyncio turns Nagle's algorithm off only then: 40 ms an answer otherwise.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener


def require_free(port: int, purpose: str) -> None:
    """Raise a LocalCloudError that names the port if it is taken."""
    if not _is_free(port):
        raise LocalCloudError(
            f"port {port} ({purpose}) is in use: stop what uses it, or choose other ports: `PORT=4000 make run`"
        )


def free_block(length: int) -> int:
    """Find `length` consecutive free ports; returns the first."""
    for first in random.sample(_FREE_RANGE, 200):
        if all(_is_free(port) for port in range(first, first + length)):
            return first
    raise LocalCloudError(f"no {length} free ports in a row between {_FREE_RANGE.start} and {_FREE_RANGE.stop}")


def _is_free(port: int) -> bool:
    """Try the port as a server would: bound and listening, since two sockets may share a mere binding."""
    try:
        with closing(loopback_socket(port)) as listener:
            listener.listen()
    except OSError:
        return False
    return True
