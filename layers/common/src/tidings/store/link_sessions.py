"""Store for whom and for what a Plaid link token was issued."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from tidings.store.conditional_writes import translate_read_errors, write
from tidings.store.tables import LinkSession

_PUBLIC_TOKEN_S = 1800
"""How long Plaid exchanges a public token, and so how long a session is kept after its link token expires."""


class BoundSession(NamedTuple):
    """A link token that we issued. `reconnect_item`: the Plaid item that it repairs, if that is its purpose.

    `replaces_item`: the ended item in whose place the user connects anew. `ended_id`: the marker of the user who ended
    everything before, if any.
    """

    user_id: str
    reconnect_item: str | None = None
    replaces_item: str | None = None
    ended_id: str | None = None


def bind_session(link_token: str, session: BoundSession, expires_at: int) -> None:
    """Store for whom and for what a link token was issued. `expires_at` is in epoch milliseconds."""
    row = LinkSession(
        _key(link_token),
        user_id=session.user_id,
        reconnect_item=session.reconnect_item,
        replaces_item=session.replaces_item,
        ended_id=session.ended_id,
        expires_at=expires_at // 1000 + _PUBLIC_TOKEN_S,
    )
    write(row.save)


def find_session(link_token: str, now: int) -> BoundSession | None:
    """Return the session of a link token; None if this deployment did not issue it, or if it expired."""
    row = _read(_key(link_token))
    if row is None or row.expires_at * 1000 <= now:
        return None
    return BoundSession(row.user_id, row.reconnect_item, row.replaces_item, row.ended_id)


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


def _key(token: str) -> str:
    return f"link#{hashlib.sha256(token.encode()).hexdigest()}"
