"""Speak AppSync Events' WebSocket protocol with one client."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from starlette.websockets import WebSocket

PROTOCOL = "aws-appsync-event-ws"
_HEADER = "header-"
_KEEP_ALIVE_S = 60.0
_TIMEOUT_MS = 300_000
_UNAUTHORIZED = [{"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."}]
Authorize = Callable[[str, object, str | None], Awaitable[bool]]
Message = dict[str, Any]


def read_authorization(subprotocols: Iterable[str]) -> object:
    """Return the JSON of the subprotocol `header-<base64url>`, or None without a readable one."""
    for name in subprotocols:
        if name.startswith(_HEADER):
            encoded = name.removeprefix(_HEADER)
            try:
                return json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
            except ValueError:
                return None
    return None


class LiveConnection:
    """A connection and its subscriptions: each has the client's id, and one channel."""

    def __init__(self, socket: WebSocket, authorize: Authorize) -> None:
        self._socket = socket
        self._authorize = authorize
        self._channels: dict[str, str] = {}
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()

    async def refuse(self) -> None:
        """Tell the client that it may not connect, and close."""
        await self._socket.send_json({"type": "connection_error", "errors": _UNAUTHORIZED})
        await self._socket.close(4401)

    async def serve(self) -> None:
        """Answer messages until the client leaves. Raises WebSocketDisconnect then."""
        sending = asyncio.create_task(self._send_all())
        try:
            while True:
                await self._handle(await self._socket.receive_text())
        finally:
            sending.cancel()

    def send_event(self, channel: str, event: str) -> None:
        """Send an event to each subscription of its channel."""
        for name, subscribed in self._channels.items():
            if subscribed == channel:
                self._outbox.put_nowait({"type": "data", "id": name, "event": event})

    async def _send_all(self) -> None:
        while True:
            try:
                message = await asyncio.wait_for(self._outbox.get(), _KEEP_ALIVE_S)
            except TimeoutError:
                message = {"type": "ka"}
            await self._socket.send_json(message)

    async def _handle(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "connection_init":
            self._outbox.put_nowait({"type": "connection_ack", "connectionTimeoutMs": _TIMEOUT_MS})
        elif kind == "subscribe":
            await self._subscribe(message)
        elif kind == "unsubscribe":
            self._channels.pop(str(message.get("id")), None)
            self._outbox.put_nowait({"type": "unsubscribe_success", "id": message.get("id")})
        elif kind == "publish":  # only signed requests publish
            self._outbox.put_nowait({"type": "publish_error", "id": message.get("id"), "errors": _UNAUTHORIZED})
        else:
            errors = [{"errorType": "UnsupportedOperation", "message": "Not a message of this protocol"}]
            self._outbox.put_nowait({"type": "error", "errors": errors})

    async def _subscribe(self, message: Message) -> None:
        name, channel = str(message.get("id")), message.get("channel")
        is_allowed = isinstance(channel, str) and await self._authorize(
            "EVENT_SUBSCRIBE", message.get("authorization"), channel
        )
        if isinstance(channel, str) and is_allowed:
            self._channels[name] = channel
            self._outbox.put_nowait({"type": "subscribe_success", "id": name})
        else:
            self._outbox.put_nowait({"type": "subscribe_error", "id": name, "errors": _UNAUTHORIZED})
