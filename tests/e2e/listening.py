"""Listen for live updates as a page does: the WebSocket protocol of AppSync Events, step by step."""

import base64
import json
from typing import Any

from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 60


def listen(ticket: dict[str, Any]) -> ClientConnection:
    """Open a connection with a ticket, as the response of POST /live-ticket gives it."""
    header = base64.urlsafe_b64encode(json.dumps(_authorization(ticket)).encode()).decode().rstrip("=")
    protocols: list[Any] = ["aws-appsync-event-ws", f"header-{header}"]
    return connect(ticket["websocket_url"], subprotocols=protocols, proxy=None)


def subscribe(socket: ClientConnection, ticket: dict[str, Any], channel: str) -> str:
    """Ask for a channel, and return the type of the answer."""
    asked = {"type": "subscribe", "id": "1", "channel": channel, "authorization": _authorization(ticket)}
    socket.send(json.dumps(asked))
    return str(next_message(socket)["type"])


def next_message(socket: ClientConnection) -> dict[str, Any]:
    """Return the next message of the API."""
    message: dict[str, Any] = json.loads(socket.recv(timeout=PATIENCE_S))
    return message


def _authorization(ticket: dict[str, Any]) -> dict[str, str]:
    return {"host": ticket["http_host"], "Authorization": ticket["ticket"]}
