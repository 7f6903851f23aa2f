"""Pass bytes through unchanged, with one connection to the target for each client connection.

Clients therefore see keep-alive, errors and a stopped target as they would without the proxy.
"""

import asyncio
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from local.recorder.calls import describe_request

HEALTH_PATH = b"/_recorder/health"
_CHUNK = 1 << 16
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEALTHY = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass
class Recorder:
    """Writes each call to a file as a line of JSON, before passing it on."""

    target_host: str
    target_port: int
    file: BinaryIO
    _requests: int = field(default=0)

    async def serve(self, port: int) -> None:
        """Serve on loopback until cancelled."""
        server = await asyncio.start_server(self._handle_connection, "127.0.0.1", port, limit=_CHUNK)
        async with server:
            await server.serve_forever()

    async def _handle_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = await reader.read(_CHUNK)
            if first.startswith(b"GET " + HEALTH_PATH):
                writer.write(_HEALTHY)
                await writer.drain()
                return
            await self._tunnel(first, reader, writer)
        except ConnectionError:
            return  # one side has closed; closing the other tells its peer
        finally:
            writer.close()

    async def _tunnel(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target_reader, target_writer = await asyncio.open_connection(self.target_host, self.target_port)
        back = asyncio.create_task(_copy(target_reader, writer))
        try:
            await self._forward(first, reader, target_writer)
        finally:
            target_writer.close()
            await back

    async def _forward(self, chunk: bytes, reader: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        unread = b""
        while chunk:
            unread = self._record(unread + chunk)
            target.write(chunk)
            await target.drain()
            chunk = await reader.read(_CHUNK)

    def _record(self, stream: bytes) -> bytes:
        """Record every complete request in the stream, and return the incomplete rest."""
        while (end := stream.find(b"\r\n\r\n")) >= 0:
            head, body_at = stream[:end], end + 4
            length = _LENGTH.search(head)
            request_end = body_at + (int(length[1]) if length else 0)
            if len(stream) < request_end:
                break
            self._write(head, stream[body_at:request_end])
            stream = stream[request_end:]
        return stream

    def _write(self, head: bytes, body: bytes) -> None:
        self._requests += 1
        headers = {}
        for line in head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        lines = [json.dumps(line) + "\n" for line in describe_request(self._requests, headers, body)]
        self.file.write("".join(lines).encode())


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on responses until the target closes, then close the client's side too."""
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        return
    finally:
        writer.close()


async def run(port: int, target_port: int, path: Path) -> None:
    """Record the calls to `port` and forward them to `target_port`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        await Recorder("127.0.0.1", target_port, file).serve(port)
