"""Connecting through SnapTrade: who has no credential is registered, and then sent to the portal."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from tidings import clock, settings
from tidings.api import request_bodies
from tidings.api.request import Request
from tidings.api.request_bodies import SnapTradeConnectionBody
from tidings.api.response import Response, json_response
from tidings.api.response_types import SnapTradeConnectionUrl
from tidings.aws import secrets
from tidings.connections import snaptrade_registration
from tidings.connections.redirect_uri import validate_redirect_uri
from tidings.errors import BadRequest, Conflict, EmailNotVerified, NotConfigured, NotFound, ReconnectRequired
from tidings.model import Access, ItemKey, Source, User
from tidings.observability import emit_count, log_info, log_warning
from tidings.provider_access.credentials import Credentials
from tidings.providers.snaptrade import connections as snaptrade
from tidings.providers.snaptrade.users import PERSON, user_id_of, user_id_without_email
from tidings.store import items, removal, sources

_CALLING_S = 20.0

T = TypeVar("T")


def create_connection_url(user: User, request: Request) -> Response:
    """POST /api/snaptrade/create-connection-url {"broker"?, "reconnect"?, "redirect_uri"?, "replace"?}"""
    body = request_bodies.parse_body(request, SnapTradeConnectionBody)
    back = validate_redirect_uri(body.redirect_uri)
    if body.replace and body.reconnect:
        raise BadRequest("`replace` ends every connection: there is none to reconnect then.")
    rows = sources.read_user_state(user.user_id).of("snaptrade")
    if body.reconnect is not None and body.reconnect not in {row.source_id for row in rows}:
        raise NotFound("No such connection.")
    deadline = time.monotonic() + _CALLING_S
    portal = _with_access(
        snaptrade_registration.Registration(user.user_id, _item_id(user, rows), _app(), deadline),
        partial(
            snaptrade.portal_url, deadline=deadline, broker=body.broker, reconnect=body.reconnect, redirect_uri=back
        ),
        replace=body.replace,
    )
    made: SnapTradeConnectionUrl = {
        "connection_url": portal.url,
        "expires_at": clock.iso(portal.expires_at) or "",
    }
    return json_response(200, made)


def _with_access(of: snaptrade_registration.Registration, call: Callable[[Access], T], *, replace: bool) -> T:
    """Call with the user's credential. ReconnectRequired when it is lost, unless the user asked to `replace` it."""
    try:
        return _call(of, call)
    except ReconnectRequired as error:
        if error.reason != "credential_lost":
            raise
        if not replace:
            snaptrade_registration.mark_lost(of)
            raise
    return call(snaptrade_registration.replace(of))


def _call(of: snaptrade_registration.Registration, call: Callable[[Access], T]) -> T:
    sealed = items.encrypted_credentials([of.key.item])
    held = sealed.get(of.key.item)
    if held is None:
        return call(snaptrade_registration.register(of))
    if held.user_id != of.user_id:
        raise Conflict("This key is another user's.") if of.item_id == PERSON else NotFound("No such connection.")
    # Unmetered: linking is not held up by the refreshes' budget, which leaves room for it.
    return Credentials(of.user_id, "snaptrade", of.app, sealed).call(of.item_id, call)


def _item_id(user: User, rows: Sequence[Source]) -> str:
    """The SnapTrade user that the user is: the mapped one, else made of the e-mail. A personal key has only one."""
    if settings.snaptrade_key_type() == "personal":
        return PERSON
    for row in rows:
        if row.is_wildcard and row.item_id != PERSON:
            return row.item_id
    if user.unverified:
        raise EmailNotVerified("SnapTrade registers you by your e-mail address, once. Verify it, and sign in again.")
    return user_id_without_email(user.user_id) if user.email is None else user_id_of(user.email)


def delete_user(user: User, item_id: str) -> None:
    """The user asked to end everything: first at SnapTrade, then here."""
    app = secrets.app_secret("snaptrade")
    deadline = time.monotonic() + _CALLING_S
    if snaptrade.is_configured(app):
        _end_at_snaptrade(snaptrade_registration.Registration(user.user_id, item_id, app, deadline))
    removal.remove_item(user.user_id, ItemKey("snaptrade", item_id))
    log_info("connection removed", provider="snaptrade")
    emit_count("ConnectionRemoved", provider="snaptrade")


def _end_at_snaptrade(of: snaptrade_registration.Registration) -> None:
    """The SnapTrade user with all connections; of a personal key the connections, for its person can't be deleted."""
    if items.find_owner(of.key.item, consistent=True) not in {None, of.user_id}:
        return
    personal = settings.snaptrade_key_type() == "personal"
    if personal != (of.item_id == PERSON):
        log_warning("connection not ended at the provider", provider="snaptrade", reason="other_key")
    elif personal:
        _end_connections(of)
    else:
        snaptrade.delete_user(of.app, of.item_id, of.deadline)


def _end_connections(of: snaptrade_registration.Registration) -> None:
    sealed = items.encrypted_credentials([of.key.item])
    if of.key.item not in sealed:
        return  # the key was never this user's
    access = Credentials(of.user_id, "snaptrade", of.app, sealed).decrypt(of.item_id)
    for connection_id in snaptrade.list_connections(access, of.deadline):
        snaptrade.remove_connection(access, connection_id, of.deadline)


def _app() -> Mapping[str, str]:
    app = secrets.app_secret("snaptrade")
    if not snaptrade.is_configured(app):
        raise NotConfigured("The provider snaptrade is not configured.")
    return app
