"""Listen for live updates as another tab of the page does (docs/live-updates.md): a ticket, a WebSocket, a nudge."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from local.errors import LocalCloudError

_PATIENCE_S = 60.0
_QUIET_S = 2.0
Ticket = Mapping[str, Any]


class SecondTab:
    """A tab that listens on its user's channel, and never polls by itself."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def wait_until_quiet(self) -> None:
        """Skip the nudges of earlier changes, which may still be under way."""
        while self._next_event(_QUIET_S) is not None:
            pass

    def next_nudge(self) -> str | None:
        """Return what the next nudge contains, or None if none comes within a minute."""
        return self._next_event(_PATIENCE_S)

    def _next_event(self, within_s: float) -> str | None:
        while True:
            try:
                message = receive(self._socket, within_s)
            except TimeoutError:
                return None
            if message["type"] == "data":
                return str(message["event"])


@contextmanager
def second_tab(ticket: Ticket) -> Iterator[SecondTab]:
    """Connect and subscribe with a response of `POST /live-ticket`. Raises LocalCloudError if either is refused."""
    with connect_live(ticket) as socket:
        try:
            socket.send(json.dumps({"type": "connection_init"}))
            _expect(socket, "connection_ack")
            send_subscription(socket, ticket, ticket["channel"])
            _expect(socket, "subscribe_success")
        except ConnectionClosed as error:
            raise LocalCloudError(f"live updates closed the connection: {error}") from error
        yield SecondTab(socket)


def _expect(socket: ClientConnection, kind: str) -> None:
    answered = receive(socket)["type"]
    if answered != kind:
        raise LocalCloudError(f"live updates answered {answered} instead of {kind}")


def connect_live(ticket: Ticket) -> ClientConnection:
    """Open the WebSocket. The ticket is in a subprotocol, since a browser can set no header."""
    header = base64.urlsafe_b64encode(json.dumps(_authorization(ticket)).encode()).decode().rstrip("=")
    protocols: list[Any] = ["aws-appsync-event-ws", f"header-{header}"]
    return connect(ticket["websocket_url"], subprotocols=protocols, proxy=None)


def send_subscription(socket: ClientConnection, ticket: Ticket, channel: str) -> None:
    message = {"type": "subscribe", "id": "1", "channel": channel, "authorization": _authorization(ticket)}
    socket.send(json.dumps(message))


def receive(socket: ClientConnection, within_s: float = _PATIENCE_S) -> dict[str, Any]:
    """Return the next message that is no sign of life. Raises TimeoutError."""
    while True:
        message: dict[str, Any] = json.loads(socket.recv(timeout=within_s))
        if message["type"] != "ka":
            return message


def _authorization(ticket: Ticket) -> dict[str, str]:
    return {"host": ticket["http_host"], "Authorization": ticket["ticket"]}
