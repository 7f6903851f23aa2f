"""Linking what a Plaid Link session left behind, once: when the browser is back, when Plaid says so, or both."""

import time
from collections.abc import Callable

from tidings import clock
from tidings.aws import secrets
from tidings.errors import Conflict, NotConfigured, NotFound
from tidings.model import ItemKey
from tidings.observability import emit_count, log_info
from tidings.providers.plaid import connections as plaid
from tidings.store import credentials, items, link_sessions
from tidings.store.link_sessions import BoundSession, ExchangeResult, TokenInUse
from tidings.store.sources import SourceKey

_WAITING_S = 8.0
_LOOKING_EVERY_S = 0.25


def complete_link_session(bound: BoundSession, link_token: str, deadline: float) -> ExchangeResult:
    """Link every item of a finished session for the user it was issued to; the last one is told.

    Conflict: not finished, or being completed by somebody else for longer than one waits. NotFound: nothing came of it.
    """
    result = plaid.link_token_result(plaid_app_secret(), link_token, deadline)
    if not result.finished:
        raise Conflict("The connection is not finished yet.")
    if bound.reconnect_item is not None:
        return _renew(bound.user_id, bound.reconnect_item, link_token, deadline, succeeded=result.succeeded)
    linked = [
        exchange_public_token(bound.user_id, item.public_token, deadline, item.institution) for item in result.items
    ]
    if not linked:
        raise NotFound("Nothing was connected.")
    return linked[-1]


def exchange_public_token(
    user_id: str, public_token: str, deadline: float, institution: str | None = None
) -> ExchangeResult:
    """The item that a public token stands for, linked."""

    def link() -> ExchangeResult:
        item = plaid.exchange_public_token(plaid_app_secret(), public_token, deadline)
        key = _key(user_id, item.item_id)
        named = item.institution or institution
        items.link_item(key, credentials.encrypt(key, item.access_token), named)
        log_info("connection added", provider="plaid")
        emit_count("ConnectionAdded", provider="plaid")
        return ExchangeResult(item.item_id, named)

    return _once(public_token, user_id, deadline, link)


def _renew(user_id: str, item_id: str, link_token: str, deadline: float, *, succeeded: bool) -> ExchangeResult:
    """Plaid sends no LOGIN_REPAIRED after our own update mode, so the status is cleared here, and news assumed."""
    key = _key(user_id, item_id)
    if items.find_owner(key.item, consistent=True) != user_id:
        raise NotFound("No such connection.")
    if not succeeded:
        raise NotFound("Nothing was connected.")

    def link() -> ExchangeResult:
        items.link_item(key, None)
        log_info("connection renewed", provider="plaid")
        return ExchangeResult(item_id, None)

    return _once(link_token, user_id, deadline, link)


def _once(token: str, user_id: str, deadline: float, link: Callable[[], ExchangeResult]) -> ExchangeResult:
    """What becomes of a token that can be used once: whoever comes second gets what the first one got."""
    known = _leased(token, user_id, deadline)
    if known is not None:
        return known
    linked = False
    try:
        result = link()
        linked = True
    finally:
        if not linked:
            link_sessions.end_lease(token)
    link_sessions.store_result(token, user_id, result, clock.now_ms())
    return result


def _leased(token: str, user_id: str, deadline: float) -> ExchangeResult | None:
    """Waits for another one's result: the browser and Plaid's webhook come at the same moment."""
    give_up_at = min(deadline, time.monotonic() + _WAITING_S)
    while True:
        try:
            return link_sessions.acquire_lease(token, user_id, clock.now_ms())
        except TokenInUse:
            if time.monotonic() > give_up_at:
                raise
        time.sleep(_LOOKING_EVERY_S)


def plaid_app_secret() -> dict[str, str]:
    """The deployment's keys at Plaid; NotConfigured without."""
    keys = dict(secrets.app_secret("plaid"))
    if not plaid.is_configured(keys):
        raise NotConfigured("The provider plaid is not configured.")
    return keys


def _key(user_id: str, item_id: str) -> SourceKey:
    return SourceKey.of_item(user_id, ItemKey("plaid", item_id))
