"""Link a Plaid item: complete Hosted Link when the browser returns, or exchange embedded Link's public token."""

import time

from tidings import clock, settings
from tidings.api import request_bodies
from tidings.api.request import Request
from tidings.api.request_bodies import PlaidCompletionBody, PlaidConnectionBody, PlaidExchangeBody
from tidings.api.response import Response, json_response
from tidings.api.response_types import LinkedItem, PlaidConnectionUrl
from tidings.connections import disconnect, plaid_exchange, plaid_link_session
from tidings.connections.redirect_uri import validate_redirect_uri
from tidings.errors import ItemGone, NotFound, TidingsError
from tidings.model import USER_ACCOUNT_REVOKED, Source, User
from tidings.observability import log_warning
from tidings.providers.plaid import connections as plaid
from tidings.providers.plaid.connections import LinkToken
from tidings.source_status import NEW_ACCOUNTS
from tidings.store import credentials, ended_users, items, link_sessions, sources, user_state
from tidings.store.link_sessions import BoundSession
from tidings.store.sources import SourceKey
from tidings.store.token_leases import NOT_STORED, ExchangeResult
from tidings.store.user_state import UserState

_TIMEOUT_S = 20.0
EXCHANGE_UNTIL_S = 12.0
"""Until when Plaid may answer an exchange: what follows (`plaid_exchange`) must fit into the function's time."""


def create_connection_url(user: User, request: Request) -> Response:
    """Create a Hosted Link session: POST /plaid/create-connection-url {"reconnect"?: item id, "redirect_uri"?}.

    It repairs the item to reconnect; if that has ended, it links a new item, which replaces the ended one.
    """
    body = request_bodies.parse_body(request, PlaidConnectionBody)
    redirect_uri = validate_redirect_uri(body.redirect_uri)
    state = user_state.read_user_state(user.user_id)
    row = _find_item(state, body.reconnect) if body.reconnect else None
    ended_id = ended_users.reopen(user.user_id, state.ended, clock.now_ms())
    token = _create_repairing_token(user, row, redirect_uri) if row else None
    if token is not None:
        session = BoundSession(user.user_id, reconnect_item=body.reconnect, ended_id=ended_id)
    else:
        token = _create_link_token(user, redirect_uri)
        session = BoundSession(user.user_id, replaces_item=body.reconnect, ended_id=ended_id)
    link_sessions.bind_session(token.token, session, token.expires_at)
    connection_url: PlaidConnectionUrl = {
        "connection_url": token.url,
        "link_token": token.token,
        "expires_at": clock.iso(token.expires_at) or "",
    }
    return json_response(200, connection_url)


def complete_connection(user: User, request: Request) -> Response:
    """Complete a session when the browser returns from Hosted Link: POST /plaid/complete-connection {"link_token"}."""
    link_token = request_bodies.parse_body(request, PlaidCompletionBody).link_token
    bound = link_sessions.find_session(link_token, clock.now_ms())
    if bound is None or bound.user_id != user.user_id:
        raise NotFound("No such link session.")
    completed = plaid_link_session.complete_link_session(bound, link_token, _exchange_deadline())
    result = completed.last_linked()
    if bound.replaces_item is not None and bound.replaces_item != result.item_id:
        _remove_replaced(user, bound.replaces_item, result)
    return _linked_response(result)


def exchange_public_token(user: User, request: Request) -> Response:
    """Link the item of embedded Link: POST /plaid/exchange-public-token {"public_token"}."""
    token = request_bodies.parse_body(request, PlaidExchangeBody).public_token
    return _linked_response(plaid_exchange.exchange_public_token(user.user_id, token, _exchange_deadline()))


def _find_item(state: UserState, item_id: str) -> Source:
    row = state.find("plaid", item_id)
    if row is None:
        raise NotFound("No such connection.")
    return row


def _create_link_token(
    user: User, redirect_uri: str | None, access_token: str | None = None, *, select_accounts: bool = False
) -> LinkToken:
    return plaid.create_link_token(
        plaid_exchange.plaid_app_secret(),
        user_id=user.user_id,
        webhook_url=settings.plaid_webhook_url(),
        redirect_uri=redirect_uri,
        access_token=access_token,
        select_accounts=select_accounts,
        deadline=_deadline(),
    )


def _create_repairing_token(user: User, row: Source, redirect_uri: str | None) -> LinkToken | None:
    """Create a token for update mode. Returns None if the item can't be repaired: Plaid refuses update mode for it."""
    access_token = None if row.has_ended else _decrypt_credential(user, row)
    if access_token is None:
        return None
    select_accounts = row.status_reason in {NEW_ACCOUNTS, USER_ACCOUNT_REVOKED}
    try:
        return _create_link_token(user, redirect_uri, access_token, select_accounts=select_accounts)
    except ItemGone as error:
        sources.set_status(SourceKey.for_source(user.user_id, row), row, error.status_change)
        return None


def _decrypt_credential(user: User, row: Source) -> str | None:
    key = SourceKey.for_source(user.user_id, row)
    encrypted = items.encrypted_credentials([key.item]).get(key.item)
    if encrypted is None or encrypted.user_id != user.user_id:
        return None
    return credentials.decrypt(key, encrypted.credential)


def _remove_replaced(user: User, item_id: str, linked: ExchangeResult) -> None:
    """Remove the ended item that the new one replaces. One of another institution stays, for its user to remove.

    A failure leaves the ended item, which can still be removed: the new item is linked in any case.
    """
    row = user_state.read_user_state(user.user_id).find("plaid", item_id)
    if row is None or not row.needs_reconnect or not _may_replace(row, linked):
        return
    try:
        disconnect.disconnect_source(user, "plaid", item_id)
    except TidingsError as error:
        log_warning("replaced connection not removed", provider="plaid", problem=error.slug)


def _may_replace(row: Source, linked: ExchangeResult) -> bool:
    """Return whether the new item can take the row's place. An item that was not stored has nothing to lose."""
    return row.status_reason == NOT_STORED or _is_same_institution(row.institution, linked.institution)


def _is_same_institution(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.casefold() == other.casefold()


def _linked_response(result: ExchangeResult) -> Response:
    linked: LinkedItem = {"item_id": result.item_id, "institution": result.institution}
    return json_response(201, linked)


def _deadline() -> float:
    return time.monotonic() + _TIMEOUT_S


def _exchange_deadline() -> float:
    return time.monotonic() + EXCHANGE_UNTIL_S
