"""Link a Plaid item: complete Hosted Link when the browser returns, or exchange embedded Link's public token."""

import time

from tidings import clock, settings
from tidings.api import request_bodies
from tidings.api.request import Request
from tidings.api.request_bodies import PlaidCompletionBody, PlaidConnectionBody, PlaidExchangeBody
from tidings.api.response import Response, json_response
from tidings.api.response_types import LinkedItem, PlaidConnectionUrl
from tidings.connections import plaid_link_session
from tidings.connections.redirect_uri import validate_redirect_uri
from tidings.errors import NotFound, ReconnectRequired
from tidings.model import Source, User
from tidings.providers.plaid import connections as plaid
from tidings.source_status import CREDENTIAL_LOST, NEW_ACCOUNTS, USER_ACCOUNT_REVOKED
from tidings.store import credentials, items, link_sessions, sources
from tidings.store.link_sessions import ExchangeResult
from tidings.store.sources import SourceKey

_TIMEOUT_S = 20.0


def create_connection_url(user: User, request: Request) -> Response:
    """Create a Hosted Link session: POST /plaid/create-connection-url {"reconnect"?: item id, "redirect_uri"?}."""
    body = request_bodies.parse_body(request, PlaidConnectionBody)
    row = _find_item(user, body.reconnect) if body.reconnect else None
    token = plaid.create_link_token(
        plaid_link_session.plaid_app_secret(),
        user_id=user.user_id,
        webhook_url=settings.plaid_webhook_url(),
        redirect_uri=validate_redirect_uri(body.redirect_uri),
        access_token=_decrypt_credential(user, row) if row else None,
        select_accounts=row is not None and row.status_reason in {NEW_ACCOUNTS, USER_ACCOUNT_REVOKED},
        deadline=_deadline(),
    )
    link_sessions.bind_session(token.token, user.user_id, body.reconnect, token.expires_at)
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
    return _linked_response(plaid_link_session.complete_link_session(bound, link_token, _deadline()))


def exchange_public_token(user: User, request: Request) -> Response:
    """Link the item of embedded Link: POST /plaid/exchange-public-token {"public_token"}."""
    token = request_bodies.parse_body(request, PlaidExchangeBody).public_token
    return _linked_response(plaid_link_session.exchange_public_token(user.user_id, token, _deadline()))


def _find_item(user: User, item_id: str) -> Source:
    row = sources.read_user_state(user.user_id).find("plaid", item_id)
    if row is None:
        raise NotFound("No such connection.")
    return row


def _decrypt_credential(user: User, row: Source) -> str:
    key = SourceKey.for_source(user.user_id, row)
    encrypted = items.encrypted_credentials([key.item]).get(key.item)
    if encrypted is None or encrypted.user_id != user.user_id:
        raise ReconnectRequired(CREDENTIAL_LOST, "This connection was ended: delete it and connect anew.")
    return credentials.decrypt(key, encrypted.credential)


def _linked_response(result: ExchangeResult) -> Response:
    linked: LinkedItem = {"item_id": result.item_id, "institution": result.institution}
    return json_response(201, linked)


def _deadline() -> float:
    return time.monotonic() + _TIMEOUT_S
