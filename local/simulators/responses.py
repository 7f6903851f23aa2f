"""Sends an answer over ASGI, whole or broken in the ordered way."""

import asyncio
from dataclasses import dataclass, field

from starlette.types import Message, Receive, Scope, Send

from local.simulators.faults import Fault

REDIRECTED = "/redirected"
MISSING_BYTES = 64
TRICKLE_S = 0.05


@dataclass
class Answer:
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def collect(self, message: Message) -> None:
        """An ASGI `send` that keeps the answer instead of sending it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name, value) for name, value in message["headers"] if name != b"content-length"]
        else:
            self.body += message.get("body", b"")

    async def start(self, send: Send, length: int) -> None:
        headers = [*self.headers, (b"content-length", str(length).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})

    async def emit(self, send: Send) -> None:
        await self.start(send, len(self.body))
        await send({"type": "http.response.body", "body": self.body})


def replaced(fault: Fault, genuine: Answer) -> Answer:
    """The answer that stands in for the genuine one (kinds status, error, redirect, malformed)."""
    headers = [(name.lower().encode(), value.encode()) for name, value in fault.headers.items()]
    named = {name for name, _ in headers}
    status = {"status": 500, "error": 400, "redirect": 302}.get(fault.kind, 200)
    body = fault.content
    if fault.kind == "malformed" and not body:
        body = genuine.body[: max(1, len(genuine.body) // 2)]
    if b"content-type" not in named:
        headers.append((b"content-type", b"text/plain" if isinstance(fault.body, str) else b"application/json"))
    if fault.kind == "redirect" and b"location" not in named:
        headers.append((b"location", REDIRECTED.encode()))
    return Answer(fault.status or status, headers, body)


async def misbehave(fault: Fault, genuine: Answer, scope: Scope, receive: Receive, send: Send) -> int | None:
    """Answer as the fault says; returns the status sent, None if the connection was closed without one."""
    if fault.kind != "trickle" and fault.delay_s:
        await asyncio.sleep(fault.delay_s)
    if fault.kind == "close":
        await _hang_up(scope, receive)
        return None
    answer = genuine if fault.kind in ("delay", "trickle", "truncated") else replaced(fault, genuine)
    if fault.kind == "trickle":
        await _trickle(answer, send, fault.delay_s or TRICKLE_S)
    elif fault.kind == "truncated":
        await answer.start(send, len(answer.body) + MISSING_BYTES)
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        await _hang_up(scope, receive)
    else:
        await answer.emit(send)
    return answer.status


async def _trickle(answer: Answer, send: Send, pause_s: float) -> None:
    await answer.start(send, len(answer.body))
    for index in range(len(answer.body)):
        await send({"type": "http.response.body", "body": answer.body[index : index + 1], "more_body": True})
        await asyncio.sleep(pause_s)
    await send({"type": "http.response.body", "body": b""})


async def _hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection below HTTP; `serving` puts its transport into the scope, for ASGI has no word for this."""
    scope["state"]["transport"].close()
    while (await receive())["type"] != "http.disconnect":
        pass
