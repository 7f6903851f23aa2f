"""Ask for a channel of live updates, step by step."""

from websockets.sync.client import ClientConnection

from local.second_tab import Ticket, receive, send_subscription


def subscribe(socket: ClientConnection, ticket: Ticket, channel: str) -> str:
    """Ask for a channel, and return the type of the answer."""
    send_subscription(socket, ticket, channel)
    return str(receive(socket)["type"])
