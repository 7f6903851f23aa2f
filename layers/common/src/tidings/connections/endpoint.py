"""Connecting, listing and ending connections: the routes of one function, told apart by the API's route key."""

import time
from collections.abc import Callable, Iterable
from typing import cast

from tidings import clock, limits, providers
from tidings.api.request import Request
from tidings.api.response import Response, json_response
from tidings.api.response_types import Connection, Connections
from tidings.auth import current_user as sign_in
from tidings.aws import secrets
from tidings.connections import plaid, snaptrade
from tidings.errors import NotConfigured, NotFound, ReconnectRequired
from tidings.model import EVERY_SOURCE, ProviderName, Source, User
from tidings.observability import emit_count, log_info, log_warning
from tidings.pending.endpoint import needs_reconnect
from tidings.store import credentials, items, removal, sources
from tidings.store.sources import SourceKey

_REMOVING_S = 20.0


def handle_request(request: Request) -> Response:
    """The route's answer. Every route is for signed-in users and touches what is theirs alone."""
    route = _ROUTES.get(request.route)
    if route is None:
        raise NotFound
    user = sign_in.current_user(request)
    if request.method != "GET":
        limits.limit_connection_changes(user)
    return route(user, request)


def _list(user: User, _request: Request) -> Response:
    """What is wrong with an item (its row `*`) is wrong with its connections; without any the row itself is listed."""
    every = sources.read_user_state(user.user_id).sources
    rows = [row for row in every if row.source_id != EVERY_SOURCE]
    broken = {row.item_id: row for row in every if row.source_id == EVERY_SOURCE and needs_reconnect([row])}
    listed = [_connection(row, row if needs_reconnect([row]) else broken.get(row.item_id, row)) for row in rows]
    listed += [_connection(row, row) for item, row in broken.items() if item not in {one.item_id for one in rows}]
    body: Connections = {"connections": listed}
    return json_response(200, body)


def _connection(row: Source, health: Source) -> Connection:
    return {
        "provider": row.provider,
        "source_id": row.source_id,
        "institution": row.institution,
        "status": health.status,
        "status_reason": health.status_reason,
        "pending": row.pending,
        "last_update_at": clock.iso(row.last_update_at),
        "last_fetched_at": clock.iso(row.last_fetched_at),
    }


def _delete_plaid_item(user: User, request: Request) -> Response:
    return _delete_one(user, "plaid", request.path_parameters["item_id"])


def _delete_snaptrade_connection(user: User, request: Request) -> Response:
    return _delete_one(user, "snaptrade", request.path_parameters["connection_id"])


def _delete_one(user: User, provider: ProviderName, source_id: str) -> Response:
    """204, also when there is no such connection (any more): whose it was is nobody's business."""
    rows = sources.read_user_state(user.user_id).of(provider)
    found = [row for row in rows if row.source_id == source_id and source_id != EVERY_SOURCE]
    for row in found:
        _end_at_provider(user, row)
        removal.remove_source(SourceKey.of(user.user_id, row), with_item=row.source_id == row.item_id)
        log_info("connection removed", provider=provider)
        emit_count("ConnectionRemoved", provider=provider)
    if not found:
        removal.remove_leftovers(user.user_id, provider)  # what a removal left that was killed
    return json_response(204)


def _end_at_provider(user: User, row: Source) -> None:
    """First there, then here: what is still known here can be tried again."""
    item = items.key(row.provider, row.item_id)
    sealed = items.encrypted_credentials([item]).get(item)
    if sealed is None or sealed.user_id != user.user_id:
        return  # without a credential there is nothing that we could end there
    remover, app = providers.connection_remover(row.provider), secrets.app_secret(row.provider)
    if not remover.is_configured(app):
        raise NotConfigured(f"The provider {row.provider} is not configured.")
    access = credentials.decrypt_access(SourceKey.of(user.user_id, row), row.item_id, app, sealed.credential)
    try:
        remover.remove_connection(access, row.source_id, time.monotonic() + _REMOVING_S)
    except ReconnectRequired as error:
        # Nobody can end it there with this credential; the user's wish still holds here.
        log_warning("connection not ended at the provider", provider=row.provider, reason=error.reason)


def _delete_all(user: User, _request: Request) -> Response:
    disconnect_all(user)
    return json_response(204)


def disconnect_all(user: User, known: Iterable[str] = ()) -> None:
    """Everything of the user, at the providers too; nothing of it is left in update state, holdings and items.

    `known`: items that may be the user's beside those that have a source.
    """
    ended = {items.key(row.provider, row.item_id) for row in sources.read_user_state(user.user_id).sources} | set(known)
    for item in sorted(ended):
        provider, _, item_id = item.partition("#")
        if provider == "snaptrade":
            snaptrade.delete_user(user, item_id)
        else:
            _end_item(user, cast(ProviderName, provider), item_id)
    for name in providers.PROVIDER_NAMES:
        removal.remove_leftovers(user.user_id, name)  # what a removal left that was killed
    removal.forget_user(user.user_id)


def _end_item(user: User, provider: ProviderName, item_id: str) -> None:
    """An item that is its own only source."""
    _end_at_provider(user, Source(provider, item_id, item_id, link_id=""))
    key = SourceKey(user.user_id, provider, item_id, items.key(provider, item_id))
    removal.remove_source(key, with_item=True)
    log_info("connection removed", provider=provider)
    emit_count("ConnectionRemoved", provider=provider)


_ROUTES: dict[str, Callable[[User, Request], Response]] = {
    "GET /connections": _list,
    "DELETE /connections": _delete_all,
    "DELETE /plaid/items/{item_id}": _delete_plaid_item,
    "DELETE /api/snaptrade/connections/{connection_id}": _delete_snaptrade_connection,
    "POST /plaid/create-connection-url": plaid.create_connection_url,
    "POST /plaid/complete-connection": plaid.complete_connection,
    "POST /plaid/exchange-public-token": plaid.exchange_public_token,
    "POST /api/snaptrade/create-connection-url": snaptrade.create_connection_url,
}
