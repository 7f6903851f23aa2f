"""Who calls a front-end route: the owner of a bearer token, or of the `session_id` cookie (docs/sessions.md)."""

from tidings import clock, settings
from tidings.api.request import Request
from tidings.errors import Forbidden, Unauthenticated
from tidings.model import User
from tidings.observability import add_log_context
from tidings.store import sessions

COOKIE = "session_id"
_SAFE_METHODS = frozenset({"GET", "HEAD"})


def current_user(request: Request) -> User:
    """The signed-in user. Unauthenticated; Forbidden for a cookie's write from elsewhere; IssuerUnavailable.

    A bearer token wins over a cookie, also a bad one: who sends it means it.
    """
    found = _of_token(request) or _of_cookie(request)
    add_log_context(user_id=found.user_id)
    return found


def _of_token(request: Request) -> User | None:
    """None without a bearer token, or where the deployment has no issuer. No browser adds one by itself: no Origin."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    accepted = settings.oidc() if scheme.lower() == "bearer" else None
    if accepted is None:
        return None
    from tidings.auth import bearer_tokens  # a library that no request with a cookie shall wait for

    return bearer_tokens.verify_bearer_token(token.strip(), accepted)


def _of_cookie(request: Request) -> User:
    """Browsers attach cookies to other sites' requests too: a write needs our own Origin, and none is foreign."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise Unauthenticated
    if request.method not in _SAFE_METHODS and request.headers.get("origin") not in settings.allowed_origins():
        raise Forbidden("This origin may not change anything here.")
    found = sessions.find_user(cookie, clock.now_ms())
    if found is None:
        raise Unauthenticated
    return found
