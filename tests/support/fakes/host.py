"""A host app's backend that receives notifications, answers as a test orders, and keeps what it received."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass
class Host:
    """`answers`: statuses to answer, in order; the last one stays. `held`: answers wait until it is set.

    With a `secret` it verifies each message when it comes, as a host would: later its timestamp is too old.
    """

    secret: str = ""
    url: str = ""
    answers: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    held: threading.Event | None = None
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def keep(self, path: str, headers: dict[str, str], body: bytes) -> None:
        if self.secret:
            try:
                self.messages.append(Webhook(self.secret).verify(body, headers))
            except WebhookVerificationError as error:
                self.refused.append(str(error))
        self.requests.append((path, headers, body))

    def next_status(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def verified(self, secret: str) -> list[dict[str, Any]]:
        """Verify every request with the published library, as the host would, and return the messages."""
        return [Webhook(secret).verify(body, headers) for _, headers, body in self.requests]


@contextmanager
def listening_host(secret: str = "") -> Iterator[Host]:
    """Run a host on this machine."""
    host = Host(secret)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        of: ClassVar[Host] = host

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.of.keep(self.path, {name.lower(): text for name, text in self.headers.items()}, body)
            if self.of.held is not None:
                self.of.held.wait()
            self.send_response(self.of.next_status())
            for name, text in {"content-length": str(len(self.of.body)), **self.of.headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(self.of.body)

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host.url = f"http://127.0.0.1:{server.server_port}/tidings"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
