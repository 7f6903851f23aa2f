"""Registering a SnapTrade user and connecting brokers (https://docs.snaptrade.com/docs/implement-connection-portal)."""

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
    """The connection portal's page, which opens for whoever has its URL; `expires_at` in ms."""

    url: str = field(repr=False)
    expires_at: int


class UserExists(Conflict):
    """SnapTrade has this user already, and tells the secret only once: who lost it has to be registered anew."""

    slug, title = "snaptrade-user-exists", "SnapTrade has this user already"


def register(app: Mapping[str, str], user_id: str, deadline: float) -> str:
    """The new user's secret, shown only now. UserExists when there is such a user."""
    try:
        answer = client.call_app(app, "POST", "/snapTrade/registerUser", deadline, {"userId": user_id})
    except client.SnapTradeError as refusal:
        if refusal.code == _USER_EXISTS:
            raise UserExists from None
        raise
    return _text(answer, "userSecret")


def portal_url(
    access: Access,
    deadline: float,
    *,
    broker: str | None = None,
    reconnect: str | None = None,
    redirect_uri: str | None = None,
) -> Portal:
    """Where the user connects a broker, or repairs the connection `reconnect`."""
    wanted = {"broker": broker, "reconnect": reconnect, "customRedirect": redirect_uri}
    body: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    body["connectionType"] = "read"
    if redirect_uri:
        body["immediateRedirect"] = True
    began_at = int(time.time() * 1000)
    answer = client.call_user(access, "POST", "/snapTrade/login", deadline, body)
    return Portal(_text(answer, "redirectURI"), began_at + PORTAL_LIFETIME_MS)


def reset_secret(access: Access, deadline: float) -> str:
    """A new secret in place of the user's, which counts no more. Shown only now: whoever misses it loses the user."""
    return _text(client.call_with_secret(access, "/snapTrade/resetUserSecret", deadline), "userSecret")


def list_connections(access: Access, deadline: float) -> list[str]:
    """The ids of the user's connections; ReconnectRequired when the credential is refused."""
    answer = client.call_user(access, "GET", "/authorizations", deadline)
    return [found.id for found in schema_types.parse_payload(Authorizations, {"items": answer}).items]


def remove_connection(access: Access, source_id: str, deadline: float) -> None:
    """End one connection at SnapTrade; a CONNECTION_DELETED follows."""
    try:
        client.call_user(access, "DELETE", f"/connection/{client.segment(source_id)}", deadline)
    except ItemGone:
        return


def delete_user(app: Mapping[str, str], user_id: str, deadline: float) -> None:
    """End the user with all connections at SnapTrade, which needs no user secret; a USER_DELETED follows."""
    try:
        client.call_app(app, "DELETE", "/snapTrade/deleteUser", deadline, query={"userId": user_id})
    except (ItemGone, ReconnectRequired):
        return


def _text(answer: object, name: str) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if isinstance(value, str) and value:
        return value
    raise UnusableResponse(f"SnapTrade's answer lacks {name}")
