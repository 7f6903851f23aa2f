"""Serve a simulator as a separate process, or in a thread of a test."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"


class Connection(H11Protocol):
    """An HTTP connection of uvicorn whose transport is in the ASGI scope, so that a fault can close it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio sets this only for sockets that name their protocol; otherwise each small response waits 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


def _config(app: Starlette, port: int) -> uvicorn.Config:
    # No access log: SnapTrade's URLs contain the user secret.
    return uvicorn.Config(
        app,
        host=HOST,
        port=port,
        http=Connection,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,  # a client must not reuse a connection while the server closes it
        timeout_graceful_shutdown=1,
        backlog=2048,
    )


def serve(app: Starlette, port: int) -> None:
    """Serve on the loopback address until SIGINT or SIGTERM."""
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(_config(app, port)).run()


@contextlib.contextmanager
def running(app: Starlette, port: int = 0) -> Iterator[str]:
    """Serve in a thread and yield the base URL; port 0 selects a free port."""
    listener = socket.create_server((HOST, port), backlog=2048)
    server = uvicorn.Server(_config(app, port))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.005)
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()
