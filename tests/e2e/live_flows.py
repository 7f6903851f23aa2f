"""The flow of live updates: a ticket, a connection, and the nudge that follows an update."""

import base64
import json
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.e2e.task_flows import TaskFlows

_LISTENS_S = 60


class LiveFlows(TaskFlows):
    """Each method is one flow and gets a new user (`user`)."""

    def page_is_nudged_by_an_update(self) -> None:
        """Listen on the user's own channel, and on nobody else's, until an update comes."""
        item_id = self.user.link_and_refresh("plaid")
        assert self.user.pending()["live"] is True
        ticket = self.user.call("POST", "/live-ticket")
        with _listen(ticket) as socket:
            assert _subscribe(socket, ticket, "/updates/*") == "subscribe_error"
            assert _subscribe(socket, ticket, ticket["channel"]) == "subscribe_success"
            order = {"item_id": item_id, "type": "HOLDINGS", "code": "DEFAULT_UPDATE"}
            assert set(self.brokers.send_webhook("plaid", **order)) == {200}
            assert json.loads(socket.recv(timeout=_LISTENS_S))["event"] == "{}"
        assert self.user.is_pending()


def _authorization(ticket: dict[str, Any]) -> dict[str, str]:
    return {"host": ticket["http_host"], "Authorization": ticket["ticket"]}


def _listen(ticket: dict[str, Any]) -> ClientConnection:
    header = base64.urlsafe_b64encode(json.dumps(_authorization(ticket)).encode()).decode().rstrip("=")
    protocols: list[Any] = ["aws-appsync-event-ws", f"header-{header}"]
    return connect(ticket["websocket_url"], subprotocols=protocols, proxy=None)


def _subscribe(socket: ClientConnection, ticket: dict[str, Any], channel: str) -> str:
    asked = {"type": "subscribe", "id": "1", "channel": channel, "authorization": _authorization(ticket)}
    socket.send(json.dumps(asked))
    return str(json.loads(socket.recv(timeout=_LISTENS_S))["type"])
