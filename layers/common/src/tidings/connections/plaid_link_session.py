"""Complete a Plaid Link session exactly once, whether the browser returns, Plaid's webhook arrives, or both."""

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

_MAX_WAIT_S = 8.0
_POLL_INTERVAL_S = 0.25


def complete_link_session(bound: BoundSession, link_token: str, deadline: float) -> ExchangeResult:
    """Link every item of a finished session for the user who started it. Returns the last item.

    Raises Conflict if the session is not finished, or if another request takes too long to complete it.
    Raises NotFound if the session linked no item.
    """
    result = plaid.get_link_result(plaid_app_secret(), link_token, deadline)
    if not result.finished:
        raise Conflict("The connection is not finished yet.")
    if bound.reconnect_item is not None:
        return _record_reconnect(bound.user_id, bound.reconnect_item, link_token, deadline, succeeded=result.succeeded)
    linked = [
        exchange_public_token(bound.user_id, item.public_token, deadline, item.institution) for item in result.items
    ]
    if not linked:
        raise NotFound("Nothing was connected.")
    return linked[-1]


def exchange_public_token(
    user_id: str, public_token: str, deadline: float, institution: str | None = None
) -> ExchangeResult:
    """Exchange a public token and link its item, once."""

    def link() -> ExchangeResult:
        item = plaid.exchange_public_token(plaid_app_secret(), public_token, deadline)
        key = _source_key(user_id, item.item_id)
        name = item.institution or institution
        items.link_item(key, credentials.encrypt(key, item.access_token), name)
        log_info("connection added", provider="plaid")
        emit_count("ConnectionAdded", provider="plaid")
        return ExchangeResult(item.item_id, name)

    return _use_once(public_token, user_id, deadline, link)


def _record_reconnect(
    user_id: str, item_id: str, link_token: str, deadline: float, *, succeeded: bool
) -> ExchangeResult:
    """Clear the item's status and record an update: Plaid sends no LOGIN_REPAIRED after our own update mode."""
    key = _source_key(user_id, item_id)
    if items.find_owner(key.item, consistent=True) != user_id:
        raise NotFound("No such connection.")
    if not succeeded:
        raise NotFound("Nothing was connected.")

    def link() -> ExchangeResult:
        items.link_item(key, None)
        log_info("connection renewed", provider="plaid")
        return ExchangeResult(item_id, None)

    return _use_once(link_token, user_id, deadline, link)


def _use_once(token: str, user_id: str, deadline: float, link: Callable[[], ExchangeResult]) -> ExchangeResult:
    """Use a one-time token. A second request with the same token gets the first one's result."""
    known = _acquire_lease(token, user_id, deadline)
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


def _acquire_lease(token: str, user_id: str, deadline: float) -> ExchangeResult | None:
    """Return the result of another request, or None with the lease acquired. Waits while another one holds it.

    The browser and Plaid's webhook usually arrive at the same moment.
    """
    give_up_at = min(deadline, time.monotonic() + _MAX_WAIT_S)
    while True:
        try:
            return link_sessions.acquire_lease(token, user_id, clock.now_ms())
        except TokenInUse:
            if time.monotonic() > give_up_at:
                raise
        time.sleep(_POLL_INTERVAL_S)


def plaid_app_secret() -> dict[str, str]:
    """Read the deployment's keys for Plaid. Raises NotConfigured if they are missing."""
    keys = dict(secrets.app_secret("plaid"))
    if not plaid.is_configured(keys):
        raise NotConfigured("The provider plaid is not configured.")
    return keys


def _source_key(user_id: str, item_id: str) -> SourceKey:
    return SourceKey.of_item(user_id, ItemKey("plaid", item_id))
