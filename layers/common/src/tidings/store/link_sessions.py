"""Whose a Plaid link token is, and who uses a token up: each public token is exchanged once."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from tidings.errors import Conflict, NotFound
from tidings.store.conditional_writes import ConditionLost, translate_read_errors, write
from tidings.store.tables import LinkSession

_LEASE_MS = 60_000
_KEPT_S = 24 * 3600
_PUBLIC_TOKEN_S = 1800
"""How long Plaid exchanges what a session left behind, and so how long a session is of use after its end."""


class BoundSession(NamedTuple):
    """A link token that we issued. `reconnect_item`: the Plaid item that it reconnects, if that is its purpose."""

    user_id: str
    reconnect_item: str | None


class ExchangeResult(NamedTuple):
    """What a token became."""

    item_id: str
    institution: str | None


class TokenInUse(Conflict):
    """Somebody else holds the lease; there will be a result in a moment, or the lease is free."""


def bind_session(link_token: str, user_id: str, reconnect_item: str | None, expires_at: int) -> None:
    """Remember for whom a link token was issued; `expires_at` in epoch milliseconds."""
    row = LinkSession(
        _key("link", link_token),
        user_id=user_id,
        reconnect_item=reconnect_item,
        expires_at=expires_at // 1000 + _PUBLIC_TOKEN_S,
    )
    write(row.save)


def find_session(link_token: str, now: int) -> BoundSession | None:
    """None when it is not a link token that we issued, or one that ran out."""
    row = _read(_key("link", link_token))
    if row is None or row.expires_at * 1000 <= now:
        return None
    return BoundSession(row.user_id, row.reconnect_item)


def acquire_lease(token: str, user_id: str, now: int) -> ExchangeResult | None:
    """The right to use a token up, or what it became. NotFound: another user's. BeingUsed: by somebody else now.

    A public token; for update mode, which has none, the link token.
    """
    key = _key("public", token)
    free = LinkSession.token.does_not_exist() | (
        (LinkSession.user_id == user_id) & LinkSession.item_id.does_not_exist() & (LinkSession.leased_until <= now)
    )
    row = LinkSession(key, user_id=user_id, leased_until=now + _LEASE_MS, expires_at=now // 1000 + _KEPT_S)
    try:
        write(lambda: row.save(free))
    except ConditionLost as lost:
        return _result(key, user_id, lost)
    return None


def _result(key: str, user_id: str, lost: ConditionLost) -> ExchangeResult:
    row = _read(key)
    if row is not None and row.user_id != user_id:
        raise NotFound("No such public token.") from lost
    if row is None or row.item_id is None:
        raise TokenInUse("It is being connected already; try again in a moment.") from lost
    return ExchangeResult(row.item_id, row.institution)


def store_result(token: str, user_id: str, result: ExchangeResult, now: int) -> None:
    row = LinkSession(
        _key("public", token),
        user_id=user_id,
        item_id=result.item_id,
        institution=result.institution,
        expires_at=now // 1000 + _KEPT_S,
    )
    write(row.save)


def end_lease(token: str) -> None:
    """Let the next one try: it failed."""
    write(lambda: LinkSession(_key("public", token)).delete(LinkSession.item_id.does_not_exist()))


def sessions_of_user(user_id: str) -> list[str]:
    """The keys of a user's link sessions and leases. For operators: it reads the whole table."""
    mine = LinkSession.user_id == user_id
    with translate_read_errors():
        return [row.token for row in LinkSession.scan(mine, consistent_read=True, attributes_to_get=["token"])]


def delete_sessions(keys: Iterable[str]) -> None:
    for one in keys:
        write(LinkSession(one).delete)


def _read(key: str) -> LinkSession | None:
    with translate_read_errors():
        try:
            return LinkSession.get(key, consistent_read=True)
        except LinkSession.DoesNotExist:
            return None


def _key(kind: str, token: str) -> str:
    return f"{kind}#{hashlib.sha256(token.encode()).hexdigest()}"
