"""Stand in for the host app's backend: receive its messages, and verify each with the published library."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from local.settings import SIGNING_SECRET

_PATIENCE_S = 60.0
_LOOPBACK = {"127.0.0.1", "localhost"}
Message = dict[str, Any]


class Receiver(Protocol):
    """Whatever receives the messages, and hands out those that are verified."""

    def wait_for(self, is_wanted: Callable[[Message], bool]) -> Message | None:
        """Return the first message that is wanted, or None if none comes in time."""


class HostApp:
    """Keeps the messages whose signature is right; a wrong one is answered 401."""

    def __init__(self) -> None:
        self._messages: queue.Queue[Message] = queue.Queue()

    def receive(self, body: bytes, headers: dict[str, str]) -> int:
        """Verify a request, and return the status to answer."""
        try:
            message = Webhook(SIGNING_SECRET).verify(body, headers)
        except WebhookVerificationError:
            return 401
        self._messages.put(message)
        return 204

    def wait_for(self, is_wanted: Callable[[Message], bool]) -> Message | None:
        """Return the first message that is wanted, or None if none comes for a minute."""
        while True:
            try:
                message = self._messages.get(timeout=_PATIENCE_S)
            except queue.Empty:
                return None
            if is_wanted(message):
                return message


@contextmanager
def host_app(url: str) -> Iterator[HostApp | None]:
    """Listen at this address; None if it is not on this machine, or another program listens there."""
    parts = urlsplit(url)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", parts.port or 80), _Handler) if parts.hostname in _LOOPBACK else None
    except OSError:
        server = None
    if server is None:
        yield None
        return
    app = HostApp()
    server.RequestHandlerClass = type("Handler", (_Handler,), {"app": app})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    app: ClassVar[HostApp]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(self.app.receive(body, dict(self.headers.items())))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing among the demo's steps."""
