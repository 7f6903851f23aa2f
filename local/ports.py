"""Find and bind the local cloud's ports, on loopback only."""

import random
import socket
from contextlib import closing

from local.errors import LocalCloudError

# Below the range that operating systems use for outgoing connections: none of these can take a chosen port.
_FREE_RANGE = range(20_000, 32_000)


def loopback_socket(port: int) -> socket.socket:
    """Bind a TCP port on 127.0.0.1 (0: any). Raises OSError if the port is taken.

    The socket names its protocol because asyncio disables Nagle's algorithm only then: 40 ms per response otherwise.
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
    """Raise LocalCloudError, with the port and its purpose, if the port is taken."""
    if not _is_free(port):
        raise LocalCloudError(
            f"port {port} ({purpose}) is in use: stop the process that uses it, "
            "or choose other ports: `PORT=4000 make run`"
        )


def free_block(length: int) -> int:
    """Find `length` consecutive free ports, and return the first."""
    for first in random.sample(_FREE_RANGE, 200):
        if all(_is_free(port) for port in range(first, first + length)):
            return first
    raise LocalCloudError(f"no {length} free ports in a row between {_FREE_RANGE.start} and {_FREE_RANGE.stop}")


def _is_free(port: int) -> bool:
    """Bind and listen as a server would: two sockets can share a port that is only bound."""
    try:
        with closing(loopback_socket(port)) as listener:
            listener.listen()
    except OSError:
        return False
    return True
