"""ASGI middleware around the provider's API: records each call and lets the ordered faults at its answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.simulators.call_log import Calls
from local.simulators.faults import Faults
from local.simulators.responses import Answer, misbehave

# Names what a request asks about ("item_id", "user_id", "connection_id", "account_id"), from its scope and body.
Identify = Callable[[Scope, bytes], Mapping[str, str]]


@dataclass
class Observer:
    """`outside` are the path prefixes that are no provider API (control, portal)."""

    app: ASGIApp
    calls: Calls
    faults: Faults
    identify: Identify
    outside: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self.outside):
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        subject = self.identify(scope, body)
        call = self.calls.begin(scope["method"], scope["path"], subject)
        fault = self.faults.take(scope["path"], subject)
        genuine = Answer()
        if fault is None or fault.performed:
            await self.app(scope, _again(body, receive), genuine.collect)
        if fault is None:
            await genuine.emit(send)
            call.ended(genuine.status)
        else:
            call.ended(await misbehave(fault, genuine, scope, receive, send))


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands the body, already read, to the app."""
    pending: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> Message:
        return pending.pop() if pending else await receive()

    return read
