"""Linking a Plaid item: Hosted Link completed by the browser's return, or embedded Link's public token."""

import time

from tidings import bodies, clock, settings
from tidings.answers import LinkedItem, PlaidConnectionUrl
from tidings.bodies import PlaidCompletionBody, PlaidConnectionBody, PlaidExchangeBody
from tidings.connecting.return_address import allowed
from tidings.errors import Conflict, NotConfigured, NotFound
from tidings.model import User
from tidings.observability import count, told
from tidings.providers.plaid import connections as plaid
from tidings.store import credentials, items, link_sessions, secrets
from tidings.store.link_sessions import Exchanged
from tidings.store.sources import Key
from tidings.web.request import Request
from tidings.web.response import Answer, answer

_CALLING_S = 20.0


def create_connection_url(user: User, request: Request) -> Answer:
    """POST /plaid/create-connection-url {"reconnect"?: item id, "redirect_uri"?}"""
    body = bodies.read(request, PlaidConnectionBody)
    token = plaid.create_link_token(
        _app(),
        user_id=user.user_id,
        webhook_url=settings.plaid_webhook_url(),
        redirect_uri=allowed(body.redirect_uri),
        access_token=_credential(user, body.reconnect) if body.reconnect else None,
        deadline=_deadline(),
    )
    link_sessions.bind(token.token, user.user_id, body.reconnect, token.expires_at)
    made: PlaidConnectionUrl = {
        "connection_url": token.url,
        "link_token": token.token,
        "expires_at": clock.iso(token.expires_at) or "",
    }
    return answer(200, made)


def complete_connection(user: User, request: Request) -> Answer:
    """POST /plaid/complete-connection {"link_token"}: when the browser comes back from Hosted Link."""
    link_token = bodies.read(request, PlaidCompletionBody).link_token
    bound = link_sessions.bound(link_token, user.user_id, clock.now_ms())
    result = plaid.link_token_result(_app(), link_token, _deadline())
    if not result.finished:
        raise Conflict("The connection is not finished yet.")
    if bound.reconnect_item is not None:
        return _reconnected(user, bound.reconnect_item)
    linked = [_exchange(user, item.public_token, item.institution) for item in result.items]
    if not linked:
        raise NotFound("Nothing was connected.")
    return _linked(linked[-1])


def exchange_public_token(user: User, request: Request) -> Answer:
    """POST /plaid/exchange-public-token {"public_token"}: from embedded Link."""
    return _linked(_exchange(user, bodies.read(request, PlaidExchangeBody).public_token))


def _exchange(user: User, public_token: str, institution: str | None = None) -> Exchanged:
    """Exchange and link, once: a double click gets what the first one got."""
    known = link_sessions.lease(public_token, user.user_id, clock.now_ms())
    if known is not None:
        return known
    linked = False
    try:
        item = plaid.exchange(_app(), public_token, _deadline())
        key = Key(user.user_id, "plaid", item.item_id, items.key("plaid", item.item_id))
        institution = item.institution or institution
        items.link(key, credentials.seal(key, item.access_token), institution)
        linked = True
    finally:
        if not linked:
            link_sessions.end_lease(public_token)
    result = Exchanged(item.item_id, institution)
    link_sessions.store_result(public_token, user.user_id, result, clock.now_ms())
    told("connection added", provider="plaid")
    count("ConnectionAdded", provider="plaid")
    return result


def _reconnected(user: User, item_id: str) -> Answer:
    """Plaid sends no LOGIN_REPAIRED after our own update mode, so the status is cleared here, and news assumed."""
    key = Key(user.user_id, "plaid", item_id, items.key("plaid", item_id))
    if items.owner(key.item, consistent=True) != user.user_id:
        raise NotFound("No such connection.")
    items.link(key, None)
    return _linked(Exchanged(item_id, None))


def _credential(user: User, item_id: str) -> str:
    key = Key(user.user_id, "plaid", item_id, items.key("plaid", item_id))
    sealed = items.sealed([key.item]).get(key.item)
    if sealed is None or sealed.user_id != user.user_id:
        raise NotFound("No such connection.")
    return credentials.unseal(key, sealed.credential)


def _linked(result: Exchanged) -> Answer:
    made: LinkedItem = {"item_id": result.item_id, "institution": result.institution}
    return answer(201, made)


def _app() -> dict[str, str]:
    app = dict(secrets.app("plaid"))
    if not plaid.configured(app):
        raise NotConfigured("The provider plaid is not configured.")
    return app


def _deadline() -> float:
    return time.monotonic() + _CALLING_S
