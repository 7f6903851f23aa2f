"""Send a response over ASGI, complete or broken as a fault defines."""

import asyncio
from dataclasses import dataclass, field

from starlette.types import Message, Receive, Scope, Send

from local.simulators.faults import Fault

REDIRECT_TARGET = "/redirected"
MISSING_BYTES = 64
TRICKLE_S = 0.05


@dataclass
class BufferedResponse:
    """A response held back until the middleware sends it."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def collect(self, message: Message) -> None:
        """Store an ASGI message instead of sending it; serves as the app's `send`."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name, value) for name, value in message["headers"] if name != b"content-length"]
        else:
            self.body += message.get("body", b"")

    async def send_headers(self, send: Send, length: int) -> None:
        headers = [*self.headers, (b"content-length", str(length).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})

    async def send_to(self, send: Send) -> None:
        await self.send_headers(send, len(self.body))
        await send({"type": "http.response.body", "body": self.body})


def build_faulty_response(fault: Fault, genuine: BufferedResponse) -> BufferedResponse:
    """Build the response that replaces the genuine one (kinds status, error, redirect, malformed)."""
    headers = [(name.lower().encode(), value.encode()) for name, value in fault.headers.items()]
    header_names = {name for name, _ in headers}
    status = {"status": 500, "error": 400, "redirect": 302}.get(fault.kind, 200)
    body = fault.encoded_body
    if fault.kind == "malformed" and not body:
        body = genuine.body[: max(1, len(genuine.body) // 2)]
    if b"content-type" not in header_names:
        headers.append((b"content-type", b"text/plain" if isinstance(fault.body, str) else b"application/json"))
    if fault.kind == "redirect" and b"location" not in header_names:
        headers.append((b"location", REDIRECT_TARGET.encode()))
    return BufferedResponse(fault.status or status, headers, body)


async def send_faulty_response(
    fault: Fault, genuine: BufferedResponse, scope: Scope, receive: Receive, send: Send
) -> int | None:
    """Respond as the fault defines; return the status, or None if the connection was closed without one."""
    if fault.kind == "close":
        await _close_connection(scope, receive)
        return None
    response = genuine if fault.kind in ("delay", "trickle", "truncated") else build_faulty_response(fault, genuine)
    if fault.kind == "trickle":
        await _trickle(response, scope, send, fault.delay_s or TRICKLE_S)
    elif fault.kind == "truncated":
        await response.send_headers(send, len(response.body) + MISSING_BYTES)
        await send({"type": "http.response.body", "body": response.body, "more_body": True})
        await _close_connection(scope, receive)
    else:
        await response.send_to(send)
    return response.status


async def _trickle(response: BufferedResponse, scope: Scope, send: Send, pause_s: float) -> None:
    """Send the body byte by byte, until the client has left."""
    await response.send_headers(send, len(response.body))
    for index in range(len(response.body)):
        if scope["state"]["transport"].is_closing():
            return
        await send({"type": "http.response.body", "body": response.body[index : index + 1], "more_body": True})
        await asyncio.sleep(pause_s)
    await send({"type": "http.response.body", "body": b""})


async def _close_connection(scope: Scope, receive: Receive) -> None:
    """Close the connection below HTTP, which ASGI cannot express; `serving` puts the transport into the scope."""
    scope["state"]["transport"].close()
    while (await receive())["type"] != "http.disconnect":
        pass
