"""Serve the API of live updates as AppSync Events does: publishing over HTTP, and listening over a WebSocket.

The function that the template names decides who may listen. MiniStack's own API would look for it in its own Lambda
service, and would ask it about signed requests to publish as well.
"""

import asyncio
import json
import re
import uuid
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from local.account import ACCOUNT
from local.gateway.environments import FunctionService, InvocationError
from local.gateway.live_connection import PROTOCOL, LiveConnection, read_authorization
from local.gateway.request_signature import find_signer
from local.gateway.specification import LiveApi

_CHANNEL = re.compile(r"/?[A-Za-z0-9][A-Za-z0-9-]{0,49}(/[A-Za-z0-9][A-Za-z0-9-]{0,49}){1,4}")
_MAX_EVENTS = 5


class LiveUpdates:
    """The API with its connections. `authorizer` is the service of the function that decides."""

    def __init__(self, api: LiveApi, authorizer: FunctionService, record: str | None) -> None:
        self._api = api
        self._authorizer = authorizer
        self._record = None if record is None else Path(record)
        self._connections: set[LiveConnection] = set()

    async def publish(self, request: Request) -> Response:
        """Respond to POST /event: pass the events on to whoever listens on the channel."""
        body = await request.body()
        signer = await asyncio.to_thread(find_signer, request.method, str(request.url), dict(request.headers), body)
        if signer is None:
            return _error(401, "UnauthorizedException", "The request's signature is not valid")
        try:
            published = json.loads(body)
            channel, events = published["channel"], published["events"]
        except (ValueError, TypeError, KeyError):
            return _error(400, "BadRequestException", "The body is not an event")
        if not _CHANNEL.fullmatch(str(channel)) or not 0 < len(events) <= _MAX_EVENTS:
            return _error(400, "BadRequestException", "The channel or the number of events is not valid")
        namespace = channel.strip("/").partition("/")[0]
        if namespace not in self._api.namespaces:
            return _error(401, "UnauthorizedException", "There is no such namespace")
        self._note_publication(signer)
        for event in events:
            for connection in self._connections:
                connection.send_event(channel, str(event))
        confirmed = [{"identifier": str(uuid.uuid4()), "index": index} for index in range(len(events))]
        return JSONResponse({"successful": confirmed, "failed": []})

    async def listen(self, socket: WebSocket) -> None:
        """Serve one connection until it ends."""
        await socket.accept(subprotocol=PROTOCOL if PROTOCOL in socket.scope["subprotocols"] else None)
        authorization = read_authorization(socket.scope["subprotocols"])
        connection = LiveConnection(socket, self.is_allowed)
        if not await self.is_allowed("EVENT_CONNECT", authorization, None):
            await connection.refuse()
            return
        self._connections.add(connection)
        try:
            await connection.serve()
        except WebSocketDisconnect:
            return
        finally:
            self._connections.discard(connection)

    async def is_allowed(self, operation: str, authorization: object, channel: str | None) -> bool:
        """Ask the authorizer, each time. Whatever it can't decide is refused."""
        given: dict[str, Any] = authorization if isinstance(authorization, dict) else {}
        token = str(given.get("Authorization", ""))
        if given.get("host") != self._api.host or not re.search(self._api.token_pattern, token):
            return False
        event = {
            "authorizationToken": token,
            "requestContext": {
                "apiId": "local",
                "accountId": ACCOUNT,
                "requestId": str(uuid.uuid4()),
                "operation": operation,
                **_named(channel),
            },
            "requestHeaders": {},
        }
        try:
            decision = json.loads(await self._authorizer.invoke(json.dumps(event).encode()))
        except InvocationError:
            return False
        return isinstance(decision, dict) and decision.get("isAuthorized") is True

    def _note_publication(self, signer: str) -> None:
        """Record the call as the recorder of AWS calls does: this API is not behind it."""
        if self._record is None:
            return
        line = {"request": 0, "function": signer, "service": "appsync", "call": "Publish", "action": "EventPublish"}
        with self._record.open("a") as file:
            file.write(json.dumps({**line, "namespace": "LiveNamespace"}) + "\n")


def _named(channel: str | None) -> dict[str, str]:
    """Return what an authorizer learns of a channel. Of a connection AppSync leaves both out, not null."""
    return {} if channel is None else {"channelNamespaceName": channel.strip("/").partition("/")[0], "channel": channel}


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"errors": [{"errorType": kind, "message": message}]}, status)
