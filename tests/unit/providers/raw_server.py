"""A server that sends exactly the given bytes, as slowly as requested."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class RawServer:
    """Sends `pieces`, with a pause before each but the first, then closes (or waits to be left)."""

    pieces: Sequence[bytes] = ()
    pause_s: float = 0.0
    closes: bool = True
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Send no further piece."""
        self._stopped.set()

    def serve(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self.connections += 1
                threading.Thread(target=self._answer, args=(connection, tls), daemon=True).start()

    def _answer(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        with contextlib.suppress(OSError), connection:
            self._talk(tls.wrap_socket(connection, server_side=True) if tls else connection)

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            while received := connection.recv(65536):
                self.requests.append(received)
                self._send(connection)
                if self.closes:
                    return

    def _send(self, talk: socket.socket) -> None:
        for index, piece in enumerate(self.pieces):
            if index and self._stopped.wait(self.pause_s):
                return
            talk.sendall(piece)


@contextlib.contextmanager
def raw_server(tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(url=f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}")
        accepting = threading.Thread(target=server.serve, args=(listener, tls))
        accepting.start()
        try:
            yield server
        finally:
            server.stop()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def response(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
