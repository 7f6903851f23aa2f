"""Record each call of the provider API, and apply the active faults to its response."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.simulators.call_log import CallLog
from local.simulators.faults import ActiveFaults
from local.simulators.responses import BufferedResponse, send_faulty_response

# Returns the ids that a request names ("item_id", "user_id", "connection_id", "account_id"), from its scope and body.
SubjectResolver = Callable[[Scope, bytes], Mapping[str, str]]


@dataclass
class SimulatorMiddleware:
    """ASGI middleware; `excluded_prefixes` are the paths outside the provider API: control and portal."""

    app: ASGIApp
    calls: CallLog
    faults: ActiveFaults
    resolve_subject: SubjectResolver
    excluded_prefixes: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self.excluded_prefixes):
            await self.app(scope, receive, send)
            return
        body = await _read_body(receive)
        subject = self.resolve_subject(scope, body)
        call = self.calls.start_call(scope["method"], scope["path"], subject)
        clearances = self.faults.clearances
        fault = self.faults.take(scope["path"], subject)
        genuine = BufferedResponse()
        if fault is None or fault.performed:
            await self.app(scope, _replay_body(body, receive), genuine.collect)
        if fault is None:
            await genuine.send_to(send)
            call.finish(genuine.status)
        else:
            if fault.kind != "trickle":  # which pauses after each byte instead
                await self.faults.wait(fault.delay_s, clearances)
            call.finish(await send_faulty_response(fault, genuine, scope, receive, send))


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _replay_body(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that passes the body, already read, to the app."""
    pending: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_body() -> Message:
        return pending.pop() if pending else await receive()

    return receive_body
