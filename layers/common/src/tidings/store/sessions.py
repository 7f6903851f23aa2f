"""Read sign-in sessions, which the host application writes (docs/sessions.md). Only the cookie's SHA-256 is stored."""

import hashlib
from collections.abc import Iterable

from tidings.model import User
from tidings.store.conditional_writes import translate_read_errors, write
from tidings.store.tables import Session


def session_key(cookie: str) -> str:
    """Return the key of a cookie's session."""
    return hashlib.sha256(cookie.encode(errors="surrogatepass")).hexdigest()


def find_user(cookie: str, now: int) -> User | None:
    """Return the cookie's user; None without a session, or if it expired. TTL deletes late, so compare the time."""
    with translate_read_errors():
        try:
            row = Session.get(session_key(cookie), consistent_read=True)
        except Session.DoesNotExist:
            return None
    return User(row.user_id, row.email) if row.expires_at * 1000 > now else None


def create_session(cookie: str, user: User, expires_at: int) -> None:
    """Store a session. `expires_at` is in epoch seconds."""
    write(lambda: Session(session_key(cookie), user_id=user.user_id, email=user.email, expires_at=expires_at).save())


def revoke_session(cookie: str) -> None:
    """Delete the cookie's session."""
    write(lambda: Session(session_key(cookie)).delete())


def sessions_of_user(user_id: str) -> list[str]:
    """List the keys of a user's sessions. For operators: scans the whole table."""
    of_user = Session.user_id == user_id
    with translate_read_errors():
        return [row.session for row in Session.scan(of_user, consistent_read=True, attributes_to_get=["session"])]


def emails_of_user(user_id: str) -> set[str]:
    """List the e-mail addresses of a user's sessions. For operators: scans the whole table."""
    with translate_read_errors():
        rows = Session.scan(Session.user_id == user_id, consistent_read=True, attributes_to_get=["email"])
        return {row.email for row in rows if row.email}


def delete_sessions(keys: Iterable[str]) -> None:
    """Delete sessions by key."""
    for key in keys:
        write(Session(key).delete)
