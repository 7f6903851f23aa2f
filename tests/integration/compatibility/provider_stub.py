"""An HTTP server that stands for Plaid and SnapTrade, with responses that a test sets."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


def _nothing() -> None:
    """Called while a request waits for its response, unless a test has something to do then."""


@dataclass(frozen=True)
class StubResponse:
    status: int
    body: object
    meanwhile: Callable[[], None] = _nothing


@dataclass
class ProviderStub:
    """`responses` by `<method> <path>`; `unexpected` collects the requests that have none."""

    url: str = ""
    responses: dict[str, StubResponse] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)

    def respond(self, route: str, body: object, *, status: int = 200, meanwhile: Callable[[], None] = _nothing) -> None:
        self.responses[route] = StubResponse(status, body, meanwhile)

    def find(self, route: str) -> StubResponse:
        if route not in self.responses:
            self.unexpected.append(route)
        return self.responses.get(route, StubResponse(500, {"error": "unexpected"}))


def _handler(stub: ProviderStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            response = stub.find(f"{self.command} {urlsplit(self.path).path}")
            response.meanwhile()
            content = json.dumps(response.body).encode()
            self.send_response(response.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = respond  # noqa: N815 - the standard library's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the standard library's signature
            """Keep the test's output to what the product writes."""

    return Handler


@contextmanager
def running_stub() -> Iterator[ProviderStub]:
    stub = ProviderStub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stub))
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
