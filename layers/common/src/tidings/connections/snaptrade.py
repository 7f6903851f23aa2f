"""Connect through SnapTrade: register a user who has no credential, then create a portal."""

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
from tidings.connections.registration import Registration
from tidings.errors import (
    BadRequest,
    Conflict,
    EmailNotVerified,
    ItemGone,
    NotConfigured,
    NotFound,
    ProviderError,
    ReconnectRequired,
)
from tidings.model import Access, ItemKey, Source, User
from tidings.observability import log_warning
from tidings.provider_access.credentials import Credentials
from tidings.providers.snaptrade import connections as snaptrade
from tidings.providers.snaptrade.users import PERSON, user_id_of, user_id_without_email
from tidings.store import ended_users, expected_connections, items, removal, user_state

TIMEOUT_S = 20.0

T = TypeVar("T")


def create_connection_url(user: User, request: Request) -> Response:
    """Create a connection portal: POST /api/snaptrade/create-connection-url.

    The body is {"broker"?, "reconnect"?, "redirect_uri"?, "replace"?}.
    """
    body = request_bodies.parse_body(request, SnapTradeConnectionBody)
    redirect_uri = validate_redirect_uri(body.redirect_uri)
    if body.replace and body.reconnect:
        raise BadRequest("`replace` ends every connection: there is none to reconnect then.")
    state = user_state.read_user_state(user.user_id)
    rows = state.of_provider("snaptrade")
    if body.reconnect is not None and body.reconnect not in {row.source_id for row in rows}:
        raise NotFound("No such connection.")
    deadline = time.monotonic() + TIMEOUT_S
    item_id, app = _snaptrade_user_id(user, rows), _require_app_secret()
    ended_id = ended_users.reopen(user.user_id, state.ended, clock.now_ms())
    registration = Registration(user.user_id, item_id, app, deadline, ended_id)
    portal = _call_with_access(
        registration,
        partial(
            snaptrade.create_portal,
            deadline=deadline,
            broker=body.broker,
            reconnect=body.reconnect,
            redirect_uri=redirect_uri,
        ),
        replace=body.replace,
    )
    if body.reconnect is None:
        # SnapTrade's portal makes no call when it is done: the next refresh has to look for the connection.
        expected_connections.expect(registration.source_key, clock.now_ms())
    connection_url: SnapTradeConnectionUrl = {
        "connection_url": portal.url,
        "expires_at": clock.iso(portal.expires_at) or "",
    }
    return json_response(200, connection_url)


def _call_with_access(registration: Registration, call: Callable[[Access], T], *, replace: bool) -> T:
    """Call with the user's credential. Raises ReconnectRequired if it is lost and `replace` is not set."""
    try:
        return _call(registration, call)
    except ReconnectRequired as error:
        if error.reason != "credential_lost":
            raise
        if not replace:
            snaptrade_registration.record_lost_credential(registration)
            raise
    return call(snaptrade_registration.replace(registration))


def _call(registration: Registration, call: Callable[[Access], T]) -> T:
    encrypted = items.encrypted_credentials([registration.source_key.item])
    credential = encrypted.get(registration.source_key.item)
    if credential is None:
        return call(snaptrade_registration.register(registration))
    if credential.user_id != registration.user_id:
        raise (
            Conflict("This key is another user's.")
            if registration.item_id == PERSON
            else NotFound("No such connection.")
        )
    # Not rate limited: refreshes must not delay linking, and their limit leaves room for it.
    return Credentials(registration.user_id, "snaptrade", registration.app, encrypted).call(registration.item_id, call)


def _snaptrade_user_id(user: User, rows: Sequence[Source]) -> str:
    """Return the user's SnapTrade user id: the linked one, or one derived from the e-mail. A personal key has one user.

    Raises EmailNotVerified if the id would be derived from an unverified e-mail.
    """
    if settings.snaptrade_key_type() == "personal":
        return PERSON
    for row in rows:
        if row.is_wildcard and row.item_id != PERSON:
            return row.item_id
    if user.unverified:
        raise EmailNotVerified("SnapTrade registers you by your e-mail address, once. Verify it, and sign in again.")
    return user_id_without_email(user.user_id) if user.email is None else user_id_of(user.email)


def delete_user(user: User, item_id: str, deadline: float) -> None:
    """Delete the user at SnapTrade, then here, so that a failed call can be repeated.

    Raises Conflict if the user was registered anew in the meantime, or such a registration has begun.
    """
    app, item = secrets.app_secret("snaptrade"), ItemKey("snaptrade", item_id)
    known = items.find_record(item)
    is_own = known is None or known.user_id in {None, user.user_id}
    if snaptrade.is_configured(app):
        _delete_at_snaptrade(Registration(user.user_id, item_id, app, deadline))
    removed = removal.remove_item(user.user_id, item, registration=known if is_own else None)
    if is_own and not removed:
        raise Conflict("It is being connected at this moment; try again in a moment.")


def _delete_at_snaptrade(registration: Registration) -> None:
    """Delete the SnapTrade user, or only the connections of a personal key, whose user can't be deleted."""
    if items.find_owner(registration.source_key.item, consistent=True) not in {None, registration.user_id}:
        return
    is_personal_key = settings.snaptrade_key_type() == "personal"
    if is_personal_key != (registration.item_id == PERSON):
        log_warning("connection not ended at the provider", provider="snaptrade", reason="other_key")
    elif is_personal_key:
        _remove_connections(registration)
    else:
        snaptrade.delete_user(registration.app, registration.item_id, registration.deadline)


def _remove_connections(registration: Registration) -> None:
    encrypted = items.encrypted_credentials([registration.source_key.item])
    if registration.source_key.item not in encrypted:
        return  # the personal key was never linked to this user
    access = Credentials(registration.user_id, "snaptrade", registration.app, encrypted).decrypt(registration.item_id)
    errors: list[ProviderError] = []
    for connection_id in _list_connections(access, registration.deadline):
        try:
            snaptrade.remove_connection(access, connection_id, registration.deadline)
        except ProviderError as error:
            errors.append(error)  # the other connections are still removed
    if errors:
        raise errors[0]


def _list_connections(access: Access, deadline: float) -> list[str]:
    try:
        return snaptrade.list_connections(access, deadline)
    except (ItemGone, ReconnectRequired):
        return []  # nothing is left that could be ended


def _require_app_secret() -> Mapping[str, str]:
    app = secrets.app_secret("snaptrade")
    if not snaptrade.is_configured(app):
        raise NotConfigured("The provider snaptrade is not configured.")
    return app
