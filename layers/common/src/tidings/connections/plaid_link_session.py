"""Complete a Plaid Link session exactly once, whether the browser returns, Plaid's webhook arrives, or both."""

from typing import NamedTuple

from tidings import clock
from tidings.connections.plaid_exchange import exchange_public_token, plaid_app_secret
from tidings.errors import BadRequest, Conflict, NotFound, StoreUnavailable, TidingsError
from tidings.model import ItemKey
from tidings.observability import log_info, log_warning
from tidings.providers.plaid import connections as plaid
from tidings.providers.plaid.connections import LinkResult
from tidings.store import item_links, items, token_leases
from tidings.store.ended_users import MayLink
from tidings.store.item_links import TokenChanged, UserEnded
from tidings.store.link_sessions import BoundSession
from tidings.store.sources import SourceKey
from tidings.store.token_leases import ExchangeResult, ItemNotStored, TokenInUse

_FINAL = (BadRequest, NotFound, ItemNotStored, UserEnded)
"""Errors that no repetition changes."""


class CompletedSession(NamedTuple):
    """The items of a session that were linked, and the errors of the others."""

    linked: tuple[ExchangeResult, ...]
    errors: tuple[TidingsError, ...] = ()

    def last_linked(self) -> ExchangeResult:
        """Return the last linked item. Raises the first error if there is none."""
        if not self.linked:
            raise self.errors[0] if self.errors else NotFound("Nothing was connected.")
        return self.linked[-1]

    def raise_repeatable(self) -> None:
        """Raise the first error that a repetition can resolve. The items that are linked stay linked."""
        for error in self.errors:
            if not isinstance(error, _FINAL):
                raise error


def complete_link_session(bound: BoundSession, link_token: str, deadline: float) -> CompletedSession:
    """Link every item of a finished session for the user who started it, each by itself.

    Raises Conflict if the session is not finished, NotFound if it repaired no item.
    """
    result = plaid.get_link_result(plaid_app_secret(), link_token, deadline)
    if not result.finished:
        raise Conflict("The connection is not finished yet.")
    if bound.reconnect_item is not None:
        return CompletedSession((_record_reconnect(bound, bound.reconnect_item, link_token, result),))
    return _link_items(bound, result, deadline)


def _link_items(bound: BoundSession, result: LinkResult, deadline: float) -> CompletedSession:
    may_link = MayLink(bound.ended_id)
    linked: list[ExchangeResult] = []
    errors: list[TidingsError] = []
    for item in result.items:
        try:
            linked.append(exchange_public_token(bound.user_id, item.public_token, deadline, item.institution, may_link))
        except TidingsError as error:
            log_warning("item not linked", provider="plaid", problem=error.slug)
            errors.append(error)
            if isinstance(error, StoreUnavailable):
                break  # an outage of ours would use up the other tokens for nothing
    return CompletedSession(tuple(linked), tuple(errors))


def _record_reconnect(bound: BoundSession, item_id: str, link_token: str, result: LinkResult) -> ExchangeResult:
    """Clear the item's status and record an update: Plaid sends no LOGIN_REPAIRED after our own update mode."""
    key = SourceKey.of_item(bound.user_id, ItemKey("plaid", item_id))
    if items.find_owner(key.item, consistent=True) != bound.user_id:
        raise NotFound("No such connection.")
    if not result.succeeded:
        raise NotFound("Nothing was connected.")
    try:
        repaired = token_leases.result_of_link_token(link_token, bound.user_id, item_id, clock.now_ms())
        item_links.link_item(key, None, result=repaired, may_link=MayLink(bound.ended_id))
    except TokenChanged as lost:
        known = token_leases.find_result(link_token)
        if known is None:
            raise TokenInUse("It is being connected already; try again in a moment.") from lost
        return known
    log_info("connection renewed", provider="plaid")
    return ExchangeResult(item_id, None)
