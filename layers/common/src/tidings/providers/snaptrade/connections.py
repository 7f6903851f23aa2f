"""Register SnapTrade users and connect brokers (https://docs.snaptrade.com/docs/implement-connection-portal)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidings.errors import Conflict, ItemGone, ReconnectRequired, UnusableResponse
from tidings.model import Access
from tidings.providers import schema_types
from tidings.providers.snaptrade import client
from tidings.providers.snaptrade.schemas import Authorizations

PORTAL_LIFETIME_MS = 5 * 60_000
_USER_EXISTS = "1010"

is_configured = client.is_configured


@dataclass(frozen=True, slots=True)
class Portal:
    """The connection portal's page, which opens for anyone who has its URL; `expires_at` is in ms."""

    url: str = field(repr=False)
    expires_at: int


class UserExists(Conflict):
    """SnapTrade has this user already. It returns a secret only once, so a lost one requires a new registration."""

    slug, title = "snaptrade-user-exists", "SnapTrade has this user already"


def register(app: Mapping[str, str], user_id: str, deadline: float) -> str:
    """Register a user and return its secret, which SnapTrade never returns again.

    Raises UserExists if SnapTrade has this user already.
    """
    try:
        response = client.call_app(app, "POST", "/snapTrade/registerUser", deadline, {"userId": user_id})
    except client.SnapTradeError as refusal:
        if refusal.code == _USER_EXISTS:
            raise UserExists from None
        raise
    return _text(response, "userSecret")


def create_portal(
    access: Access,
    deadline: float,
    *,
    broker: str | None = None,
    reconnect: str | None = None,
    redirect_uri: str | None = None,
) -> Portal:
    """Create a portal in which the user connects a broker, or repairs the connection `reconnect`."""
    options = {"broker": broker, "reconnect": reconnect, "customRedirect": redirect_uri}
    body: dict[str, Any] = {name: value for name, value in options.items() if value}
    body["connectionType"] = "read"
    if redirect_uri:
        body["immediateRedirect"] = True
    began_at = int(time.time() * 1000)
    response = client.call_user(access, "POST", "/snapTrade/login", deadline, body)
    return Portal(_text(response, "redirectURI"), began_at + PORTAL_LIFETIME_MS)


def reset_secret(access: Access, deadline: float) -> str:
    """Replace the user's secret and return the new one. If this response is lost, so is access to the user."""
    return _text(client.call_with_secret(access, "/snapTrade/resetUserSecret", deadline), "userSecret")


def list_connections(access: Access, deadline: float) -> list[str]:
    """List the ids of the user's connections. Raises ReconnectRequired if SnapTrade refuses the credential."""
    response = client.call_user(access, "GET", "/authorizations", deadline)
    return [found.id for found in schema_types.parse_payload(Authorizations, {"items": response}).items]


def remove_connection(access: Access, source_id: str, deadline: float) -> None:
    """Delete one connection at SnapTrade, which then sends CONNECTION_DELETED. Succeeds if it does not exist."""
    try:
        client.call_user(access, "DELETE", f"/connection/{client.segment(source_id)}", deadline)
    except ItemGone:
        return


def delete_user(app: Mapping[str, str], user_id: str, deadline: float) -> None:
    """Delete the user and all connections at SnapTrade, which then sends USER_DELETED. Needs no user secret."""
    try:
        client.call_app(app, "DELETE", "/snapTrade/deleteUser", deadline, query={"userId": user_id})
    except (ItemGone, ReconnectRequired):
        return


def _text(response: object, name: str) -> str:
    value = response.get(name) if isinstance(response, dict) else None
    if isinstance(value, str) and value:
        return value
    raise UnusableResponse(f"SnapTrade's response lacks {name}")
