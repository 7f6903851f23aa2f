"""Connecting through SnapTrade: its user is registered once, under a lease, and then sent to the portal."""

import time
from collections.abc import Mapping

from tidings import bodies, clock
from tidings.answers import SnapTradeConnectionUrl
from tidings.bodies import SnapTradeConnectionBody
from tidings.connecting.return_address import allowed
from tidings.errors import NotConfigured, NotFound, ReconnectRequired
from tidings.model import EVERY_SOURCE, Access, User
from tidings.observability import count, told
from tidings.providers.snaptrade import connections as snaptrade
from tidings.providers.snaptrade.user_id import user_id_of, user_id_without_email
from tidings.store import credentials, items, removal, secrets, sources
from tidings.store.sources import Key
from tidings.web.request import Request
from tidings.web.response import Answer, answer

_CALLING_S = 20.0
_LEASE_MS = 30_000


def create_connection_url(user: User, request: Request) -> Answer:
    """POST /api/snaptrade/create-connection-url {"broker"?, "reconnect"?: connection id, "redirect_uri"?}"""
    body = bodies.read(request, SnapTradeConnectionBody)
    back = allowed(body.redirect_uri)
    rows = sources.of_user(user.user_id).of("snaptrade")
    if body.reconnect is not None and body.reconnect not in {row.source_id for row in rows}:
        raise NotFound("No such connection.")
    app = _app()
    item_id = next((row.item_id for row in rows if row.source_id == EVERY_SOURCE), None)
    if item_id is None:
        item_id = user_id_without_email(user.user_id) if user.email is None else user_id_of(user.email)
    access = _access(user, item_id, app)
    deadline = time.monotonic() + _CALLING_S
    portal = snaptrade.portal_url(access, deadline, broker=body.broker, reconnect=body.reconnect, redirect_uri=back)
    made: SnapTradeConnectionUrl = {
        "connection_url": portal.url,
        "expires_at": clock.iso(portal.expires_at) or "",
    }
    return answer(200, made)


def delete_user(user: User, item_id: str) -> None:
    """The user asked to end everything: first at SnapTrade, then here."""
    app = secrets.app("snaptrade")
    if snaptrade.configured(app):
        snaptrade.delete_user(app, item_id, time.monotonic() + _CALLING_S)
    removal.remove_item(user.user_id, "snaptrade", item_id)
    told("connection removed", provider="snaptrade")
    count("ConnectionRemoved", provider="snaptrade")


def _access(user: User, item_id: str, app: Mapping[str, str]) -> Access:
    """The registered user's credential; registers the user when there is none."""
    key = Key(user.user_id, "snaptrade", EVERY_SOURCE, items.key("snaptrade", item_id))
    sealed = items.sealed([key.item]).get(key.item)
    if sealed is not None:
        if sealed.user_id != user.user_id:
            raise NotFound("No such connection.")
        return credentials.access(key, item_id, app, sealed.credential)
    return _register(key, item_id, app)


def _register(key: Key, item_id: str, app: Mapping[str, str]) -> Access:
    now = clock.now_ms()
    until = now + _LEASE_MS
    items.hold_registration(key.item, key.user_id, now, until)
    linked = False
    try:
        secret = _registered(app, item_id)
        items.link(key, credentials.seal(key, secret), news=0)
        linked = True
    finally:
        if not linked:
            items.end_registration(key.item, until)
    told("snaptrade user registered")
    return Access(app, item_id, secret)


def _registered(app: Mapping[str, str], item_id: str) -> str:
    try:
        return snaptrade.register(app, item_id, time.monotonic() + _CALLING_S)
    except snaptrade.UserExists as error:
        raise ReconnectRequired("credential_lost", "SnapTrade knows this user, but the credential is lost.") from error


def _app() -> Mapping[str, str]:
    app = secrets.app("snaptrade")
    if not snaptrade.configured(app):
        raise NotConfigured("The provider snaptrade is not configured.")
    return app
