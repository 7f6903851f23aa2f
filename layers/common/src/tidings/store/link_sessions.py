"""Store who owns a Plaid link token, and lease public tokens so that each is exchanged once."""

import hashlib
from collections.abc import Iterable
from secrets import token_hex
from typing import NamedTuple

from tidings.errors import Conflict, NotFound
from tidings.store.conditional_writes import ConditionLost, translate_read_errors, write
from tidings.store.tables import LinkSession

_LEASE_MS = 60_000
_KEPT_S = 24 * 3600
_PUBLIC_TOKEN_S = 1800
"""How long Plaid exchanges a public token, and so how long a session is kept after its link token expires."""


class BoundSession(NamedTuple):
    """A link token that we issued. `reconnect_item`: the Plaid item that it repairs, if that is its purpose.

    `replaces_item`: the ended item in whose place the user connects anew.
    """

    user_id: str
    reconnect_item: str | None = None
    replaces_item: str | None = None


class ExchangeResult(NamedTuple):
    """The item that a token was exchanged for."""

    item_id: str
    institution: str | None


class TokenInUse(Conflict):
    """Another request holds the lease. It stores a result soon, or the lease expires."""


def bind_session(link_token: str, session: BoundSession, expires_at: int) -> None:
    """Store for whom and for what a link token was issued. `expires_at` is in epoch milliseconds."""
    row = LinkSession(
        _key("link", link_token),
        user_id=session.user_id,
        reconnect_item=session.reconnect_item,
        replaces_item=session.replaces_item,
        expires_at=expires_at // 1000 + _PUBLIC_TOKEN_S,
    )
    write(row.save)


def find_session(link_token: str, now: int) -> BoundSession | None:
    """Return the session of a link token; None if this deployment did not issue it, or if it expired."""
    row = _read(_key("link", link_token))
    if row is None or row.expires_at * 1000 <= now:
        return None
    return BoundSession(row.user_id, row.reconnect_item, row.replaces_item)


def acquire_lease(token: str, user_id: str, now: int) -> ExchangeResult | None:
    """Lease a token. Returns None if the caller holds the lease now, or the result if the token was exchanged before.

    `token`: a public token, or in update mode, which has none, the link token.
    Raises NotFound if the token is another user's, TokenInUse if another request holds the lease.
    """
    key = _key("public", token)
    is_own_token = LinkSession.user_id == user_id
    lease_expired = LinkSession.item_id.does_not_exist() & (LinkSession.leased_until <= now)
    lease_id = token_hex(8)
    # The SDK may send the same write twice: the second must not lose to the first.
    is_own_lease = LinkSession.lease_id == lease_id
    is_available = LinkSession.token.does_not_exist() | (is_own_token & lease_expired) | is_own_lease
    row = LinkSession(
        key, user_id=user_id, leased_until=now + _LEASE_MS, lease_id=lease_id, expires_at=now // 1000 + _KEPT_S
    )
    try:
        write(lambda: row.save(is_available))
    except ConditionLost as lost:
        return _result(key, user_id, lost)
    return None


def _result(key: str, user_id: str, lost: ConditionLost) -> ExchangeResult:
    """Return the stored result of a token whose lease was not acquired."""
    row = _read(key)
    if row is not None and row.user_id != user_id:
        raise NotFound("No such public token.") from lost
    if row is None or row.item_id is None:
        raise TokenInUse("It is being connected already; try again in a moment.") from lost
    return ExchangeResult(row.item_id, row.institution)


def store_result(token: str, user_id: str, result: ExchangeResult, now: int) -> None:
    """Store the result of the exchange, which ends the lease."""
    row = LinkSession(
        _key("public", token),
        user_id=user_id,
        item_id=result.item_id,
        institution=result.institution,
        expires_at=now // 1000 + _KEPT_S,
    )
    write(row.save)


def end_lease(token: str) -> None:
    """Release the lease after a failed exchange, so that another request can try. A stored result stays."""
    try:
        write(lambda: LinkSession(_key("public", token)).delete(LinkSession.item_id.does_not_exist()))
    except ConditionLost:
        return  # another request took the lease over and stored its result


def sessions_of_user(user_id: str) -> list[str]:
    """List the keys of a user's link sessions and leases. For operators: scans the whole table."""
    of_user = LinkSession.user_id == user_id
    with translate_read_errors():
        return [row.token for row in LinkSession.scan(of_user, consistent_read=True, attributes_to_get=["token"])]


def delete_sessions(keys: Iterable[str]) -> None:
    """Delete link sessions and leases by key."""
    for key in keys:
        write(LinkSession(key).delete)


def _read(key: str) -> LinkSession | None:
    with translate_read_errors():
        try:
            return LinkSession.get(key, consistent_read=True)
        except LinkSession.DoesNotExist:
            return None


def _key(kind: str, token: str) -> str:
    return f"{kind}#{hashlib.sha256(token.encode()).hexdigest()}"
