"""Stand between the announce function and the API of live updates: pass nudges on, or make them fail."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from local.gateway.specification import LIVE_PATH

Meet = Callable[[], int | None]
"""What happens to a nudge: the status that it is answered, or None to pass it on."""


@dataclass
class LiveRelay:
    """`url`: where the announce function publishes. `spoiled`, `passed_on`: numbers of nudges."""

    url: str = ""
    spoiled: int = 0
    passed_on: int = 0
    _meet: Meet = lambda: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def meeting(self, meet: Meet) -> Iterator[None]:
        """Treat every nudge like this for a while."""
        self._meet = meet
        try:
            yield
        finally:
            self._meet = lambda: None

    def answer(self) -> int | None:
        """Return the status of the next nudge, or None if it is passed on."""
        status = self._meet()
        with self._lock:
            self.spoiled += status is not None
            self.passed_on += status is None
        return status


@contextmanager
def live_relay(front: str, client: httpx.Client) -> Iterator[LiveRelay]:
    """Run the relay before the gateway at `front`. The request stays as it was signed."""
    relay = LiveRelay()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, answered = relay.answer(), b"{}"
            if status is None:
                response = client.post(front + self.path, content=body, headers=dict(self.headers))
                status, answered = response.status_code, response.content
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answered)))
            self.end_headers()
            self.wfile.write(answered)

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    relay.url = f"http://127.0.0.1:{server.server_port}{LIVE_PATH}/event"
    try:
        yield relay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
