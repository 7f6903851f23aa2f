"""Sign in as the host app does, poll, and end the session."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tidings_cli.deployment import Deployment
from tidings_cli.doctor import http_probe
from tidings_cli.doctor.access import CheckResults

_USER = "tidings-smoke"
_LIFETIME_S = 300
"""A session that is left behind by a killed command ends soon."""


def check_session(deployment: Deployment) -> CheckResults:
    """Create a session, poll with it, revoke it, and poll again."""
    with _session() as (cookie, revoke):
        with_session = _poll(deployment, cookie)
        revoke()
        revoked = _poll(deployment, cookie)
    see = "See the log of PendingFunction, and its permissions on SessionsTable."
    if with_session == 200:
        yield "ok", "a signed-in user's poll succeeds", ""
    else:
        yield "problem", f"the response to a signed-in user's poll is {with_session} instead of 200", see
    if revoked == 401:
        yield "ok", "a revoked session is refused", ""
    else:
        yield "problem", f"the response to a poll with a revoked session is {revoked} instead of 401", see


@contextmanager
def _session() -> Iterator[tuple[str, Callable[[], None]]]:
    """Create a session and yield its cookie; revoke it in any case."""
    from tidings.model import User
    from tidings.store import sessions

    cookie = secrets.token_urlsafe(32)
    sessions.create_session(cookie, User(_USER), int(time.time()) + _LIFETIME_S)
    try:
        yield cookie, lambda: sessions.revoke_session(cookie)
    finally:
        sessions.revoke_session(cookie)


def _poll(deployment: Deployment, cookie: str) -> int:
    url = f"{deployment.api_url}/pending-updates"
    return http_probe.send("GET", url, headers={"cookie": f"session_id={cookie}"}).status
