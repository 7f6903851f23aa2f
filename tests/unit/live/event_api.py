"""An HTTP endpoint that reads each request whole, and answers with exactly the given bytes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.unit.providers.raw_server import response


class SentRequest(NamedTuple):
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class EventApi:
    """`hangs`: whether a request is left without an answer until the server ends."""

    answer: bytes
    url: str = ""
    hangs: bool = False
    requests: list[SentRequest] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


def closing_response(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Build a response that says that the connection ends, as it does: the caller would use it again otherwise."""
    return response(body, status, "connection: close", *headers)


@contextmanager
def event_api(answer: bytes) -> Iterator[EventApi]:
    """Serve on loopback while the block runs."""
    api = EventApi(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            api.requests.append(SentRequest(self.requestline, headers, body))
            if api.hangs:
                api.ended.wait()
            self.wfile.write(api.answer)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield api
        finally:
            api.ended.set()
            server.shutdown()
            serving.join()
